//! Describes a set of variants in few words: `device=rocm* (6 of 24 variants)`.

use std::collections::{BTreeMap, BTreeSet};

use super::root::RootKind;
use super::{Matrix, Root};
use crate::base::sorted::{map_of, set_of};

/// The largest number of groups of variants, and of values of an axis, that are listed.
const MAX_GROUPS: usize = 3;
const MAX_VALUES: usize = 4;

/// The description of a set of variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// The values of the variants. `None` if the set contains all variants.
    pub(crate) which: Option<String>,
    /// The number of variants in the set.
    pub(crate) count: usize,
    /// The number of all variants.
    pub(crate) total: usize,
}

impl Described {
    /// The description as text: `device=rocm* (6 of 24 variants)`. `None` if the set contains all variants.
    pub(crate) fn text(&self) -> Option<String> {
        let which = self.which.as_ref()?;
        let variants = if self.total == 1 { "variant" } else { "variants" };
        Some(format!("{which} ({} of {} {variants})", self.count, self.total))
    }
}

/// A set of variants and platforms: for each root, the indices of combination and platform.
pub(crate) type Cells = BTreeMap<usize, BTreeSet<(usize, usize)>>;

/// Describes a set of variants.
pub(crate) fn describe(matrix: &Matrix<'_>, cells: &Cells) -> Described {
    let distinct =
        |cells: &BTreeSet<(usize, usize)>| set_of(cells.iter().map(|(combination, _)| combination)).len();
    let count = cells.values().map(distinct).sum();
    let extra = cells.keys().map(|root| &matrix.roots[*root]);
    let extra = extra.filter(|root| root.kind == RootKind::Unreached).map(|root| root.combinations.len());
    let total = matrix.len() + extra.sum::<usize>();

    let mut by_words: BTreeMap<Option<String>, BTreeSet<&str>> = BTreeMap::new();
    for (root, cells) in cells {
        let root = &matrix.roots[*root];
        by_words.entry(of_root(matrix, root, cells)).or_default().insert(&root.name);
    }
    // `total` counts a stage that no target reaches only if the set has it.
    let counted = matrix
        .roots
        .iter()
        .enumerate()
        .filter(|(at, root)| root.kind != RootKind::Unreached || cells.contains_key(at));
    let names: Vec<&str> = counted.map(|(_, root)| root.name.as_ref()).collect();
    let words = by_words.into_iter().filter_map(|(words, roots)| {
        let target = restriction("target", &roots, &names);
        let parts: Vec<String> = target.into_iter().chain(words).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    });
    let words: Vec<String> = words.collect();
    let which = (!words.is_empty()).then(|| some_of(&words, words.len()));
    Described { which, count, total }
}

/// The words for the cells of one root. `None` if these are all its cells.
fn of_root(matrix: &Matrix<'_>, root: &Root<'_>, cells: &BTreeSet<(usize, usize)>) -> Option<String> {
    let axes: Vec<usize> = root.reads.axes.iter().copied().collect();
    let place = |(combination, platform): (usize, usize)| -> Vec<usize> {
        let values = &root.combinations[combination].values;
        axes.iter().map(|axis| values[*axis]).chain([platform]).collect()
    };
    let all = root.combinations.iter().enumerate().flat_map(|(index, combination)| {
        combination.platforms.iter().map(move |platform| (index, *platform))
    });
    let all: BTreeSet<Vec<usize>> = set_of(all.map(place));
    let some: BTreeSet<Vec<usize>> = set_of(cells.iter().copied().map(place));
    if some.len() == all.len() {
        return None;
    }
    let words = |bounds: &Bounds| {
        let words = bounds.iter().filter_map(|(dimension, values)| {
            let (name, known): (&str, Vec<String>) = match axes.get(*dimension) {
                Some(axis) => {
                    let axis = &matrix.request.family.axes[*axis];
                    (&axis.name, axis.value_names().map(str::to_owned).collect())
                }
                None => ("platform", root.platforms.iter().map(ToString::to_string).collect()),
            };
            let there: BTreeSet<usize> = set_of(all.iter().map(|cell| cell[*dimension]));
            let there: Vec<&str> = there.into_iter().map(|value| known[value].as_str()).collect();
            let named = set_of(values.iter().map(|value| known[*value].as_str()));
            restriction(name, &named, &there)
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let groups = groups(&some, &all);
    // Each cell can be a group, so words are made only for those that are shown.
    Some(some_of(&groups.iter().take(MAX_GROUPS).map(words).collect::<Vec<_>>(), groups.len()))
}

/// The allowed values of some dimensions. A dimension is an axis or the platform.
type Bounds = BTreeMap<usize, BTreeSet<usize>>;

/// Splits a set of cells into groups that bounds describe exactly. One group is best. If that is impossible, the set is split along
/// the dimension that gives the fewest groups. If that is impossible too, each cell is a group.
fn groups(some: &BTreeSet<Vec<usize>>, all: &BTreeSet<Vec<usize>>) -> Vec<Bounds> {
    if let Some(bounds) = bounds(some, all) {
        return vec![bounds];
    }
    let dimensions = all.first().map_or(0, Vec::len);
    let split = |dimension: usize| -> Option<Vec<Bounds>> {
        // Values with the same cells in the other dimensions form a group.
        let mut rests: BTreeMap<usize, BTreeSet<Vec<usize>>> = BTreeMap::new();
        for cell in some {
            let mut rest = cell.clone();
            rest.remove(dimension);
            rests.entry(cell[dimension]).or_default().insert(rest);
        }
        let mut together: Vec<(BTreeSet<Vec<usize>>, BTreeSet<usize>)> = Vec::new();
        for (value, rest) in rests {
            match together.iter_mut().find(|(known, _)| *known == rest) {
                Some((_, values)) => drop(values.insert(value)),
                None => together.push((rest, [value].into())),
            }
        }
        if together.len() > MAX_GROUPS {
            return None;
        }
        let parts = together.iter().map(|(_, values)| {
            bounds(&set_of(some.iter().filter(|cell| values.contains(&cell[dimension])).cloned()), all)
        });
        parts.collect()
    };
    let best = (0..dimensions).filter_map(split).min_by_key(Vec::len);
    let single = |cell: &Vec<usize>| map_of(cell.iter().enumerate().map(|(at, value)| (at, [*value].into())));
    best.unwrap_or_else(|| some.iter().map(single).collect())
}

/// The bounds that contain exactly these cells. Bounds that are not needed for that are removed. `None` if no bounds do.
fn bounds(some: &BTreeSet<Vec<usize>>, all: &BTreeSet<Vec<usize>>) -> Option<Bounds> {
    let dimensions = all.first().map_or(0, Vec::len);
    let values =
        |of: &BTreeSet<Vec<usize>>, at: usize| -> BTreeSet<usize> { set_of(of.iter().map(|cell| cell[at])) };
    let mut bounds: Bounds = map_of(
        (0..dimensions).map(|at| (at, values(some, at))).filter(|(at, of_some)| *of_some != values(all, *at)),
    );
    let exact = |bounds: &Bounds| {
        let fits = |cell: &&Vec<usize>| bounds.iter().all(|(at, values)| values.contains(&cell[*at]));
        all.iter().filter(fits).count() == some.len()
    };
    if !exact(&bounds) {
        return None;
    }
    for at in (0..dimensions).rev() {
        if let Some(values) = bounds.remove(&at)
            && !exact(&bounds)
        {
            bounds.insert(at, values);
        }
    }
    Some(bounds)
}

/// The words for some values of an axis: `device=rocm*`, `device!=cpu`, `device=cpu|cuda12.9`. `None` for all values.
fn restriction(name: &str, some: &BTreeSet<&str>, all: &[&str]) -> Option<String> {
    let meant: Vec<&str> = all.iter().copied().filter(|value| some.contains(value)).collect();
    let others: Vec<&str> = all.iter().copied().filter(|value| !some.contains(value)).collect();
    if others.is_empty() {
        return None;
    }
    if let [only] = meant.as_slice() {
        return Some(format!("{name}={only}"));
    }
    // Prefer `cuda*` to `cuda1*` if both match the same values.
    let long = common_prefix(&meant);
    let short = long.trim_end_matches(|c: char| c.is_ascii_digit() || ".-_/".contains(c));
    let exact = |prefix: &&str| !prefix.is_empty() && !others.iter().any(|other| other.starts_with(*prefix));
    if let Some(prefix) = [short, long].into_iter().find(exact) {
        return Some(format!("{name}={prefix}*"));
    }
    if others.len() * 3 <= meant.len() {
        return Some(format!("{name}!={}", others.join("|")));
    }
    let mut shown = meant[..meant.len().min(MAX_VALUES)].join("|");
    if meant.len() > MAX_VALUES {
        shown += &format!("|{} more", meant.len() - MAX_VALUES);
    }
    Some(format!("{name}={shown}"))
}

fn common_prefix<'t>(texts: &[&'t str]) -> &'t str {
    let Some((first, rest)) = texts.split_first() else { return "" };
    let mut end = first.len();
    for text in rest {
        let same = first.char_indices().zip(text.chars()).find(|((_, a), b)| a != b);
        end = end.min(same.map_or(first.len().min(text.len()), |((at, _), _)| at));
    }
    &first[..end]
}

/// The first of `count` descriptions. `words` has at least those that are shown.
fn some_of(words: &[String], count: usize) -> String {
    match count {
        0..=MAX_GROUPS => words.join(", or "),
        many => format!("{}, or {} more", words[..2].join(", or "), many - 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_as_shortly_as_they_can_be() {
        let check = |some: &[&str], expect: Option<&str>| {
            let all = ["cpu", "cuda12.9", "cuda13.0", "rocm6.4", "rocm7.0", "xpu"];
            let some = some.iter().copied().collect();
            assert_eq!(restriction("device", &some, &all).as_deref(), expect);
        };
        check(&["cpu", "cuda12.9", "cuda13.0", "rocm6.4", "rocm7.0", "xpu"], None);
        check(&["cpu"], Some("device=cpu"));
        check(&["rocm6.4", "rocm7.0"], Some("device=rocm*"));
        check(&["cuda12.9", "cuda13.0"], Some("device=cuda*"));
        check(&["cpu", "rocm7.0"], Some("device=cpu|rocm7.0"));
        check(&["cpu", "cuda12.9", "cuda13.0", "rocm6.4", "rocm7.0"], Some("device!=xpu"));
    }

    #[test]
    fn cells_become_few_groups() {
        let check = |some: &[[usize; 2]], expect: &[&[(usize, &[usize])]]| {
            let all: BTreeSet<Vec<usize>> = (0..3).flat_map(|a| (0..3).map(move |b| vec![a, b])).collect();
            let some = some.iter().map(|cell| cell.to_vec()).collect();
            let expect: Vec<Bounds> = expect
                .iter()
                .map(|bounds| {
                    bounds.iter().map(|(at, values)| (*at, values.iter().copied().collect())).collect()
                })
                .collect();
            assert_eq!(groups(&some, &all), expect);
        };
        check(&[[1, 0], [1, 1], [1, 2]], &[&[(0, &[1])]]);
        check(&[[0, 1], [2, 1]], &[&[(0, &[0, 2]), (1, &[1])]]);
        check(&[[0, 0], [0, 1], [0, 2], [1, 1], [2, 1]], &[&[(0, &[0])], &[(0, &[1, 2]), (1, &[1])]]);
        check(&[[0, 0], [1, 1]], &[&[(0, &[0]), (1, &[0])], &[(0, &[1]), (1, &[1])]]);
    }
}
