//! Which operations are split off from the jobs of the members.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Costs;
use crate::union::Union;

/// Operations with at least so many members are split off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(pub(super) usize);

/// The operations that are split off: steps with enough members that are worth it, and what they are built from.
///
/// A step without a cached result, whatever it is built on, runs in every job. A step with a cache mount stays with the other steps of its image
/// that have the mount: no job has the mount of another one.
pub(super) fn shared(union: &Union, costs: &Costs, limit: Limit) -> BTreeSet<usize> {
    let steps = numbered(union);
    let mut never = vec![false; union.operations.len()];
    for (index, operation) in union.operations.iter().enumerate() {
        never[index] = operation.no_cache || operation.inputs.iter().any(|input| never[*input]);
    }
    let is_worth = |index: usize| {
        let members = union.operations[index].members.len();
        members >= limit.0 && costs.is_worth(index, members)
    };
    // A process that only belongs to a step, such as the one that looks up an owner, is split off with the step.
    let is_split_off = |index: &usize| {
        let operation = &union.operations[*index];
        let mut parts = operation.inputs.iter().filter(|input| !steps[**input]);
        let is_worth = is_worth(*index) || parts.any(|input| is_worth(*input));
        steps[*index] && !never[*index] && operation.members.len() >= limit.0 && is_worth
    };
    let tips: BTreeSet<usize> = (0..union.operations.len()).filter(is_split_off).collect();
    together(union, union.closure(tips.iter().copied()), &tips)
}

/// The operations of the first wave: those with enough members.
pub(super) fn in_first_wave(union: &Union, split_off: &BTreeSet<usize>, limit: Limit) -> BTreeSet<usize> {
    let steps = numbered(union);
    let tips = split_off.iter().copied();
    let tips = tips.filter(|index| steps[*index] && union.operations[*index].members.len() >= limit.0);
    let tips: BTreeSet<usize> = tips.collect();
    together(union, union.closure(tips.iter().copied()), &tips)
}

/// The operations of the first wave, if it has what steps need that are the last ones for different members. So the second wave falls apart.
pub(super) fn needed_by_several(union: &Union, split_off: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut by_members: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    for tip in tips(union, split_off) {
        by_members.entry(&union.operations[tip].members).or_default().push(tip);
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for of_members in by_members.into_values() {
        union.closure(of_members).into_iter().for_each(|index| *counts.entry(index).or_default() += 1);
    }
    let steps = numbered(union);
    let first = counts.into_iter().filter(|(index, count)| *count > 1 && steps[*index]);
    let first: BTreeSet<usize> = first.map(|(index, _)| index).collect();
    together(union, union.closure(first.iter().copied()), &first)
}

/// Whether each operation is the result of a step, so that a build can end there.
pub(super) fn numbered(union: &Union) -> Vec<bool> {
    let mut steps = vec![false; union.operations.len()];
    let all = union.members.iter().flat_map(|member| &member.operations);
    all.for_each(|(index, step)| steps[*index] |= step.is_some());
    steps
}

/// Leaves out steps that an operation outside of the set shares a cache mount with, until there are none.
fn together(union: &Union, mut set: BTreeSet<usize>, tips: &BTreeSet<usize>) -> BTreeSet<usize> {
    let with_caches: Vec<usize> =
        (0..union.operations.len()).filter(|index| !union.operations[*index].caches.is_empty()).collect();
    let mut tips = tips.clone();
    loop {
        let is_outside = |index: usize, other: usize| {
            other != index
                && !set.contains(&other)
                && !union.operations[index].caches.is_disjoint(&union.operations[other].caches)
                && have_a_member(&union.operations[index].members, &union.operations[other].members)
        };
        let apart: BTreeSet<usize> = with_caches
            .iter()
            .copied()
            .filter(|index| set.contains(index) && with_caches.iter().any(|other| is_outside(*index, *other)))
            .collect();
        if apart.is_empty() {
            return set;
        }
        tips.retain(|tip| union.closure([*tip]).is_disjoint(&apart));
        set = union.closure(tips.iter().copied());
    }
}

/// Whether two sorted lists have a number in common.
pub(super) fn have_a_member(one: &[usize], other: &[usize]) -> bool {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => one.next(),
            std::cmp::Ordering::Greater => other.next(),
        };
    }
    false
}

/// The last steps of a set of operations: nothing else in it is built from them.
pub(super) fn tips(union: &Union, set: &BTreeSet<usize>) -> BTreeSet<usize> {
    let steps = numbered(union);
    // What only belongs to a step, and has no step behind it in the set, is no use of its inputs.
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for index in set.iter().rev() {
        if steps[*index] || used.contains(index) {
            used.extend(&union.operations[*index].inputs);
        }
    }
    set.iter().copied().filter(|index| steps[*index] && !used.contains(index)).collect()
}
