//! Iterates over the combinations of some axes. They are in the order of the file, and the last axis changes fastest.

use std::collections::BTreeSet;

/// The largest number of combinations of a target that are checked. If there are more, a sample is checked that is evenly
/// distributed.
pub const MAX_COMBINATIONS: usize = 100_000;
/// If combinations have many axes or there are many rules, fewer of them are checked: the number of values of all checked
/// combinations, and the number of evaluations of rules, are limited too.
const MAX_VALUES: usize = 800_000;
const MAX_RULES: usize = 16_000_000;

/// An iterator over all combinations of some axes, or over a sample of them.
#[derive(Debug, Clone)]
pub(crate) struct Combinations {
    /// The axes that vary, by their index.
    axes: Vec<usize>,
    /// The values of each of these axes, by their index.
    values: Vec<Vec<usize>>,
    /// The number of combinations. `u128::MAX` stands for any larger number.
    pub(crate) total: u128,
    /// The distance between two combinations of the sample. 1 if all are checked.
    step: u128,
    pub(crate) looked_at: usize,
}

impl Combinations {
    /// The combinations of some axes. `values` are the allowed values of all axes, `rules` is the number of rules.
    pub(crate) fn new(axes: &BTreeSet<usize>, values: &[Vec<usize>], rules: usize) -> Self {
        let limit = MAX_COMBINATIONS.min(MAX_VALUES / axes.len().max(1)).min(MAX_RULES / rules.max(1));
        Self::limited(axes.iter().copied(), values, limit.max(1))
    }

    pub(crate) fn limited(
        axes: impl IntoIterator<Item = usize>,
        values: &[Vec<usize>],
        limit: usize,
    ) -> Self {
        let axes: Vec<usize> = axes.into_iter().collect();
        let values: Vec<Vec<usize>> = axes.iter().map(|axis| values[*axis].clone()).collect();
        let total = values.iter().fold(1u128, |total, values| total.saturating_mul(values.len() as u128));
        let looked_at = usize::try_from(total).unwrap_or(usize::MAX).min(limit);
        // The distance has no factor in common with the number of values of an axis. Otherwise some axes would not change.
        let mut step = (total / looked_at.max(1) as u128).max(1);
        while step > 1 && values.iter().any(|values| common_factor(step, values.len() as u128)) {
            step -= 1;
        }
        Self { axes, values, total, step, looked_at }
    }

    /// Whether only a sample is checked.
    pub(crate) fn is_sample(&self) -> bool {
        (self.looked_at as u128) < self.total
    }

    /// The axes that vary, by their index.
    pub(crate) fn axes(&self) -> impl Iterator<Item = usize> {
        self.axes.iter().copied()
    }

    /// Calls `visit` with each combination. `combination` has a value for each axis of the family. The axes that vary are set in it.
    pub(crate) fn each(&self, combination: &mut [usize], mut visit: impl FnMut(&[usize])) {
        self.any(combination, |combination| {
            visit(combination);
            false
        });
    }

    /// Whether `is_wanted` holds for a combination. It is called with one after the other until it does.
    pub(crate) fn any(&self, combination: &mut [usize], mut is_wanted: impl FnMut(&[usize]) -> bool) -> bool {
        (0..self.looked_at).any(|number| {
            let mut rest = number as u128 * self.step;
            for (axis, values) in self.axes.iter().zip(&self.values).rev() {
                combination[*axis] = values[(rest % values.len() as u128) as usize];
                rest /= values.len() as u128;
            }
            is_wanted(combination)
        })
    }

    /// All combinations for which `may_be` holds for every axis: it gets a combination whose axes have values up to this position.
    /// `None` if the sample has fewer combinations, or if too many beginnings of combinations are tried.
    pub(crate) fn few(
        &self,
        combination: &mut [usize],
        mut may_be: impl FnMut(&[usize], usize) -> bool,
    ) -> Option<Vec<Vec<usize>>> {
        let (mut found, mut next) = (Vec::new(), vec![0]);
        let mut tried = 0;
        while let Some(level) = next.len().checked_sub(1) {
            let (Some(axis), Some(values)) = (self.axes.get(level), self.values.get(level)) else {
                if found.len() == self.looked_at {
                    return None;
                }
                found.push(combination.to_vec());
                next.pop();
                continue;
            };
            let Some(value) = values.get(next[level]) else {
                next.pop();
                continue;
            };
            next[level] += 1;
            tried += 1;
            if tried > self.looked_at.saturating_mul(3) {
                return None;
            }
            combination[*axis] = *value;
            if may_be(combination, level) {
                next.push(0);
            }
        }
        Some(found)
    }
}

fn common_factor(mut a: u128, mut b: u128) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(axes: &[usize], values: &[Vec<usize>], limit: usize) -> Vec<Vec<usize>> {
        let mut seen = Vec::new();
        let mut combination = vec![0; values.len()];
        let all = Combinations::limited(axes.iter().copied(), values, limit);
        all.each(&mut combination, |now| seen.push(now.to_vec()));
        seen
    }

    #[test]
    fn few_combinations_of_many_are_all_found() {
        let values: Vec<Vec<usize>> = (0..20).map(|_| (0..10).collect()).collect();
        let all = Combinations::limited(0..20, &values, 20);
        let mut combination = vec![0; 20];
        // Each axis has the value of the one before it.
        let few = all.few(&mut combination, |now, level| level == 0 || now[level] == now[level - 1]);
        assert_eq!(few, None);
        let all = Combinations::limited(0..20, &values, 1000);
        let few = all.few(&mut combination, |now, level| level == 0 || now[level] == now[level - 1]);
        let expect: Vec<Vec<usize>> = (0..10).map(|value| vec![value; 20]).collect();
        assert_eq!(few, Some(expect));
        assert_eq!(all.few(&mut combination, |now, level| level < 19 || now[0] == 9), None);
        assert_eq!(all.few(&mut combination, |_, level| level < 3), None);
        assert_eq!(all.few(&mut combination, |_, level| level < 1), Some(Vec::new()));
    }

    #[test]
    fn the_last_axis_turns_fastest() {
        let values = [vec![0, 1], vec![0], vec![2, 0, 1]];
        let expect = [[0, 0, 2], [0, 0, 0], [0, 0, 1], [1, 0, 2], [1, 0, 0], [1, 0, 1]];
        assert_eq!(all(&[0, 2], &values, 100), expect);
        assert_eq!(all(&[], &values, 100), [[0, 0, 0]]);
        assert_eq!(all(&[0, 1], &[vec![0], vec![]], 100), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_sample_has_every_value_and_is_always_the_same() {
        let values: Vec<Vec<usize>> = (0..40).map(|_| (0..10).collect()).collect();
        let axes: Vec<usize> = (0..40).collect();
        let sample = all(&axes, &values, 1000);
        assert_eq!(sample.len(), 1000);
        assert_eq!(sample, all(&axes, &values, 1000));
        // There are 10^40 combinations, and numbers end at 2^128. So only the axes that change fastest have all their values in the
        // sample.
        for axis in 5..40 {
            let mut seen: Vec<usize> = sample.iter().map(|combination| combination[axis]).collect();
            seen.sort_unstable();
            seen.dedup();
            assert!(seen.len() >= 5, "axis {axis}: {seen:?}");
        }
        let small = all(&[0, 1, 2], &values, 7);
        assert!(small.iter().any(|one| one[0] == 9 || one[0] == 8), "{small:?}");
    }
}
