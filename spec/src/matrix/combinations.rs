//! The combinations of a root: counted through without being held, in the order of the file, the last axis turning fastest.

use std::collections::BTreeSet;

/// At most this many combinations of a target are looked at; of more, so many that lie evenly among them.
pub const MAX_COMBINATIONS: usize = 100_000;
/// Fewer are looked at where each of them has many axes, or is held against many rules: at most so many values, and so many rules.
const MAX_VALUES: usize = 800_000;
const MAX_RULES: usize = 16_000_000;

/// A way through all combinations of some axes, or through a sample of them.
#[derive(Debug, Clone)]
pub(crate) struct Combinations {
    /// The axes that vary, by index.
    axes: Vec<usize>,
    /// The values of each of them, by index.
    values: Vec<Vec<usize>>,
    /// How many there are; `u128::MAX` stands for more than can be counted.
    pub(crate) total: u128,
    /// The distance of two that are looked at.
    step: u128,
    pub(crate) looked_at: usize,
}

impl Combinations {
    /// Those of some axes of a family with so many rules.
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
        // A distance that has no factor in common with the sizes of the axes: none of them stands still.
        let mut step = (total / looked_at.max(1) as u128).max(1);
        while step > 1 && values.iter().any(|values| common_factor(step, values.len() as u128)) {
            step -= 1;
        }
        Self { axes, values, total, step, looked_at }
    }

    /// Whether only a sample is looked at.
    pub(crate) fn is_sample(&self) -> bool {
        (self.looked_at as u128) < self.total
    }

    /// Calls `visit` with each combination until it gives something. `combination` has a value for every axis of the family;
    /// those that vary are changed.
    pub(crate) fn find<T>(
        &self,
        combination: &mut [usize],
        mut visit: impl FnMut(&mut [usize]) -> Option<T>,
    ) -> Option<T> {
        for number in 0..self.looked_at {
            let mut rest = number as u128 * self.step;
            for (axis, values) in self.axes.iter().zip(&self.values).rev() {
                combination[*axis] = values[(rest % values.len() as u128) as usize];
                rest /= values.len() as u128;
            }
            if let Some(found) = visit(combination) {
                return Some(found);
            }
        }
        None
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
        Combinations::limited(axes.iter().copied(), values, limit).find(&mut combination, |now| {
            seen.push(now.to_vec());
            None::<()>
        });
        seen
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
        // Of 10^40 combinations, which can only be counted up to 2^128, the axes that turn fastest are seen in full.
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
