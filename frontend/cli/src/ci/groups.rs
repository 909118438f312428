//! Divides what is built on a platform into jobs, so that jobs repeat as few operations of each other as possible.

use std::collections::{BTreeMap, BTreeSet};

/// How much larger than the average a job may be, as a fraction. It is the freedom to divide where little is shared.
const LARGER: (usize, usize) = (3, 2);

/// What is built, and the operations of each.
pub(super) struct Work {
    /// Those whose operations no other one contains, in an order in which neighbours share the most. Each has the others that come for
    /// free with it.
    heads: Vec<Head>,
}

struct Head {
    operations: BTreeSet<usize>,
    /// The numbers of all that one job builds with these operations, itself included.
    members: Vec<usize>,
}

impl Work {
    /// Takes the operations of everything that is built, as numbers that are equal for equal operations.
    pub(super) fn of(all: &[BTreeSet<usize>]) -> Self {
        let contains = |one: usize, other: usize| {
            all[one].is_subset(&all[other]) && (all[one].len() < all[other].len() || other < one)
        };
        let heads: Vec<usize> = (0..all.len())
            .filter(|one| (0..all.len()).all(|other| other == *one || !contains(*one, other)))
            .collect();
        let mut members: BTreeMap<usize, Vec<usize>> = heads.iter().map(|head| (*head, Vec::new())).collect();
        for one in 0..all.len() {
            let head = if members.contains_key(&one) {
                Some(&one)
            } else {
                heads.iter().find(|head| all[one].is_subset(&all[**head]))
            };
            if let Some(members) = head.and_then(|head| members.get_mut(head)) {
                members.push(one);
            }
        }
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        heads
            .iter()
            .flat_map(|head| &all[*head])
            .for_each(|operation| *counts.entry(*operation).or_default() += 1);
        // What many share comes first, so this is the order of a tree whose branches share what is above them.
        let path = |head: usize| {
            let mut path: Vec<_> =
                all[head].iter().map(|operation| (usize::MAX - counts[operation], *operation)).collect();
            path.sort_unstable();
            path
        };
        let mut order: Vec<_> = heads.iter().map(|head| (path(*head), *head)).collect();
        order.sort();
        let heads = order.into_iter().map(|(_, head)| Head {
            operations: all[head].clone(),
            members: members.remove(&head).unwrap_or_default(),
        });
        Self { heads: heads.collect() }
    }

    /// The number of jobs that have something of their own to do.
    pub(super) fn most_jobs(&self) -> usize {
        self.heads.len()
    }

    /// Divides the work into this many jobs, or into as many as there is work for. Returns the numbers of what each job builds.
    ///
    /// Of all ways to cut the order into jobs of about the same size, it is the one in which all jobs together run the fewest operations.
    pub(super) fn divide(&self, jobs: usize) -> Vec<Vec<usize>> {
        let count = self.heads.len();
        let jobs = jobs.min(count);
        if jobs == 0 {
            return Vec::new();
        }
        let largest = (count.div_ceil(jobs) * LARGER.0).div_ceil(LARGER.1);
        // `costs[end]` has the number of operations of a job that ends there, by the number of heads in it.
        let costs: Vec<Vec<usize>> = (0..=count).map(|end| self.costs(end, largest)).collect();
        // The least sum for the heads before `end` in this many jobs, and the size of the last one.
        let mut least: Vec<Vec<Option<(usize, usize)>>> = vec![vec![None; count + 1]; jobs + 1];
        least[0][0] = Some((0, 0));
        for job in 1..=jobs {
            for end in job..=count {
                let sizes = 1..=largest.min(end);
                let sums = sizes.filter_map(|size| {
                    let (before, _) = least[job - 1][end - size]?;
                    Some((before + costs[end][size - 1], size))
                });
                least[job][end] = sums.min();
            }
        }
        let (mut end, mut divided) = (count, Vec::new());
        for job in (1..=jobs).rev() {
            let size = least[job][end].map_or(end, |(_, size)| size);
            let mut members: Vec<usize> =
                self.heads[end - size..end].iter().flat_map(|head| head.members.iter().copied()).collect();
            members.sort_unstable();
            divided.push(members);
            end -= size;
        }
        divided.reverse();
        divided
    }

    fn costs(&self, end: usize, largest: usize) -> Vec<usize> {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let heads = self.heads[..end].iter().rev().take(largest);
        let costs = heads.map(|head| {
            seen.extend(&head.operations);
            seen.len()
        });
        costs.collect()
    }
}

/// Divides a number of jobs over platforms by the jobs that each has work for. Each platform gets at least one, so `jobs` has to be at
/// least their number.
pub(super) fn shares(jobs: usize, most: &[usize]) -> Vec<usize> {
    let all: usize = most.iter().sum();
    if all <= jobs {
        return most.to_vec();
    }
    let mut shares: Vec<usize> =
        most.iter().map(|most| (jobs * most / all).max(usize::from(*most > 0))).collect();
    while shares.iter().sum::<usize>() > jobs {
        let Some(largest) = (0..shares.len()).max_by_key(|platform| shares[*platform]) else { break };
        shares[largest] -= 1;
    }
    while shares.iter().sum::<usize>() < jobs {
        // The platform whose jobs are the fullest.
        let fullest = (0..shares.len())
            .filter(|platform| shares[*platform] < most[*platform])
            .max_by_key(|platform| most[*platform] * jobs / shares[*platform].max(1));
        let Some(fullest) = fullest else { break };
        shares[fullest] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(jobs: usize, all: &[&[usize]]) -> Vec<Vec<usize>> {
        let all: Vec<BTreeSet<usize>> = all.iter().map(|one| one.iter().copied().collect()).collect();
        Work::of(&all).divide(jobs)
    }

    #[test]
    fn those_that_share_are_together() {
        let all: &[&[usize]] = &[&[1, 2, 10], &[1, 3, 11], &[1, 2, 12], &[1, 3, 13]];
        assert_eq!(divided(2, all), [vec![0, 2], vec![1, 3]]);
        assert_eq!(divided(1, all), [vec![0, 1, 2, 3]]);
        assert_eq!(divided(200, all).len(), 4);
    }

    #[test]
    fn what_another_one_contains_is_built_with_it() {
        assert_eq!(divided(200, &[&[1], &[1, 2], &[1, 3], &[1, 2]]), [vec![0, 1, 3], vec![2]]);
        assert_eq!(divided(200, &[&[], &[]]), [vec![0, 1]]);
        assert!(divided(200, &[]).is_empty());
    }

    #[test]
    fn jobs_have_about_the_same_size_and_everything_is_in_one() {
        let all: Vec<BTreeSet<usize>> =
            (0..1197).map(|one| [one, 2000 + one % 7, 3000 + one % 9].into()).collect();
        let divided = Work::of(&all).divide(200);
        assert_eq!(divided.len(), 200);
        assert!(divided.iter().all(|job| (1..=9).contains(&job.len())));
        let mut members = divided.concat();
        members.sort_unstable();
        assert_eq!(members, (0..1197).collect::<Vec<_>>());
    }

    #[test]
    fn platforms_share_the_jobs() {
        assert_eq!(shares(200, &[10, 6]), [10, 6]);
        assert_eq!(shares(4, &[30, 10]), [3, 1]);
        assert_eq!(shares(3, &[1000, 1, 1]), [1, 1, 1]);
        assert_eq!(shares(200, &[1197, 300]).iter().sum::<usize>(), 200);
    }
}
