//! Searches for the values of the axes that the client does not set.
//!
//! The search assigns the axes in the order of the file, each its default first and then its other values, so the last axis changes
//! fastest. The first combination that all conditions allow is taken. An axis that no condition reads keeps its default.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use super::budget::Budget;
use super::conditions::Condition;
use super::defaults::MovedAxis;
use super::names::Mentions;
use super::scope::Scope;
use crate::base::platform;
use crate::base::sorted::{map_of, set_of};
use crate::base::value::Value;
use crate::family::{Family, NamedTemplate};

/// The outcome of the search.
pub(crate) enum Outcome {
    /// The first combination that is allowed: the index of a value for each axis of the family, and the axes that moved.
    Found(Vec<usize>, Vec<MovedAxis>),
    /// No combination is allowed.
    None,
    /// The budget ended before a combination was found.
    TooMany,
}

/// What a search starts from.
pub(super) struct Search<'a, 'f> {
    pub(super) family: &'f Family,
    /// The target or stage that is built.
    pub(super) target: &'f NamedTemplate,
    /// The values of args and built-in names.
    pub(super) given: &'a BTreeMap<String, Value>,
    /// The values of `platform`, one for each platform of the build.
    pub(super) platforms: Vec<Value>,
    pub(super) files: &'f BTreeMap<String, String>,
    /// The axes and args that the client sets, with their values.
    pub(super) set: &'a BTreeMap<String, String>,
    /// The index of the value of each axis: the value that the client sets, or the default.
    pub(super) start: Vec<usize>,
}

/// Finds the first combination that is allowed on a platform, beside `set`. `given` has the values of args and built-in names, and `start` the
/// values of the axes, set or default.
pub(crate) fn first<'f>(
    (family, target, files): (&'f Family, &'f NamedTemplate, &'f BTreeMap<String, String>),
    given: &BTreeMap<String, Value>,
    platform: &Platform,
    set: &BTreeMap<String, String>,
    start: &[usize],
) -> Outcome {
    let platforms = vec![platform::value(platform)];
    let start = start.to_vec();
    let search = Search { family, target, given, platforms, files, set, start };
    search.among(|_| true)
}

/// A search in progress.
struct State<'s, 'a, 'f> {
    search: &'s Search<'a, 'f>,
    conditions: Vec<Condition<'f>>,
    /// The axes that the search assigns, in the order of the file.
    free: Vec<usize>,
    /// For each of them, the conditions that read it, by index.
    readers: Vec<Vec<usize>>,
    /// The index of the value of each axis of the family. `None` if the search has not assigned it.
    assigned: Vec<Option<usize>>,
    budget: &'s Budget,
}

impl<'f> Search<'_, 'f> {
    /// Finds the first combination that is allowed on all platforms. If the client sets nothing that a condition reads, the defaults are
    /// not allowed at all.
    pub(super) fn run(&self) -> Outcome {
        self.among(|conditions| {
            let mut names = conditions.iter().flat_map(|one| &one.names);
            names.any(|name| self.set.contains_key(*name))
        })
    }

    /// The same, if `is_wanted` holds for the conditions.
    fn among(&self, is_wanted: impl Fn(&[Condition<'f>]) -> bool) -> Outcome {
        let budget = Budget::of_query();
        let mentions = Mentions::new(self.family, &|arg| self.set.contains_key(arg));
        let axes: BTreeMap<&str, usize> =
            map_of(self.family.axes.iter().enumerate().map(|(index, axis)| (axis.name.as_str(), index)));
        let conditions = Condition::all(self.family, self.target, &mentions, &axes, &budget);
        if !is_wanted(&conditions) {
            return Outcome::None;
        }
        let read: BTreeSet<usize> = set_of(conditions.iter().flat_map(|one| &one.axes).copied());
        let free: Vec<usize> =
            read.into_iter().filter(|axis| !self.set.contains_key(&self.family.axes[*axis].name)).collect();
        let level: BTreeMap<usize, usize> =
            map_of(free.iter().enumerate().map(|(level, axis)| (*axis, level)));
        let mut readers = vec![Vec::new(); free.len()];
        for (number, condition) in conditions.iter().enumerate() {
            for level in condition.axes.iter().filter_map(|axis| level.get(axis)) {
                readers[*level].push(number);
            }
        }
        let mut assigned: Vec<Option<usize>> = self.start.iter().copied().map(Some).collect();
        free.iter().for_each(|axis| assigned[*axis] = None);
        State { search: self, conditions, free, readers, assigned, budget: &budget }.run(&level)
    }
}

impl State<'_, '_, '_> {
    /// Assigns one axis after the other. If none of its values is allowed, the search goes back to the last axis that one of the
    /// failing conditions reads: changing an axis in between would fail in the same way.
    fn run(mut self, levels: &BTreeMap<usize, usize>) -> Outcome {
        if (0..self.conditions.len()).any(|number| !self.may_hold(number)) {
            return if self.budget.is_exhausted() { Outcome::TooMany } else { Outcome::None };
        }
        let mut next = vec![0; self.free.len()];
        let mut conflicts: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.free.len()];
        let mut level = 0;
        while level < self.free.len() {
            let axis = self.free[level];
            let count = self.search.family.axes[axis].values.len();
            let mut fits = false;
            while !fits && next[level] < count {
                self.assigned[axis] = Some(self.value(axis, next[level]));
                next[level] += 1;
                let broken = self.readers[level].iter().find(|number| !self.may_hold(**number));
                if self.budget.is_exhausted() {
                    return Outcome::TooMany;
                }
                match broken {
                    None => fits = true,
                    Some(broken) => {
                        let read = self.conditions[*broken].axes.iter().filter_map(|axis| levels.get(axis));
                        conflicts[level].extend(read.filter(|other| **other < level));
                    }
                }
            }
            if fits {
                level += 1;
                if let (Some(next), Some(conflicts)) = (next.get_mut(level), conflicts.get_mut(level)) {
                    *next = 0;
                    conflicts.clear();
                }
                continue;
            }
            let mut conflict = std::mem::take(&mut conflicts[level]);
            let Some(back) = conflict.pop_last() else { return Outcome::None };
            self.free[back + 1..=level].iter().for_each(|axis| self.assigned[*axis] = None);
            conflicts[back].extend(conflict);
            level = back;
        }
        let values =
            self.assigned.iter().zip(&self.search.start).map(|(value, start)| value.unwrap_or(*start));
        let values = values.collect();
        let moved = self.moved();
        Outcome::Found(values, moved)
    }

    /// The value of an axis that is tried at this position: the default, then the others in the order of the file.
    fn value(&self, axis: usize, position: usize) -> usize {
        let default = self.search.family.axes[axis].default;
        match position {
            0 => default,
            position if position <= default => position - 1,
            position => position,
        }
    }

    /// Whether a condition can hold on all platforms, whatever the values of the axes are that are not assigned yet.
    fn may_hold(&self, number: usize) -> bool {
        let condition = &self.conditions[number];
        let platforms = if condition.reads_platform { self.search.platforms.len() } else { 1 };
        let is_whole = condition.axes.iter().all(|axis| self.assigned[*axis].is_some());
        self.search.platforms.iter().take(platforms).all(|platform| {
            if !self.budget.charge(condition.cost()) {
                return false;
            }
            let scope = Scope::new(self.search.family, self.names(condition, platform), self.search.files);
            let scope = scope.within(self.budget);
            if is_whole { condition.holds(&scope) } else { condition.may_hold(&scope) }
        })
    }

    /// The names that a condition reads, as far as they have a value.
    fn names(&self, condition: &Condition<'_>, platform: &Value) -> BTreeMap<String, Value> {
        let Search { family, given, .. } = self.search;
        let axes = condition.axes.iter().filter_map(|axis| {
            let of = &family.axes[*axis];
            Some((of.name.clone(), of.values[self.assigned[*axis]?].value.clone()))
        });
        let others = condition.names.iter().filter_map(|name| match *name {
            "platform" => Some((String::from("platform"), platform.clone())),
            name => Some((name.to_owned(), given.get(name)?.clone())),
        });
        map_of(axes.chain(others))
    }

    /// The axes with another value than their default, each with the first condition that the default breaks. There is one: without
    /// it, the combination with the default would be allowed, and it would have been found before.
    fn moved(&mut self) -> Vec<MovedAxis> {
        let family = self.search.family;
        let mut moved = Vec::new();
        for level in 0..self.free.len() {
            let axis = &family.axes[self.free[level]];
            let Some(value) = self.assigned[self.free[level]].filter(|value| *value != axis.default) else {
                continue;
            };
            self.assigned[self.free[level]] = Some(axis.default);
            let readers = &self.readers[level];
            let broken = readers.iter().find(|number| !self.may_hold(**number)).or(readers.first());
            self.assigned[self.free[level]] = Some(value);
            let Some(condition) = broken.map(|number| &self.conditions[*number]) else { continue };
            moved.push(MovedAxis {
                axis: axis.name.clone(),
                default: axis.values[axis.default].name.clone(),
                value: axis.values[value].name.clone(),
                span: condition.span(),
                because: condition.because(),
            });
        }
        moved
    }
}
