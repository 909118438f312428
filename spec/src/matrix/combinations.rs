//! Iterates over the combinations of a root without storing them. They are in the order of the file, and the last axis changes
//! fastest.

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

    /// Calls `visit` with each combination until it returns something. `combination` has a value for each axis of the family. The
    /// axes that vary are set in it.
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
