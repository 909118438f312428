//! Steps that read an axis or an arg earlier than they must.
//!
//! Whether a step needs what an earlier one leaves is in no file. So a move is tried on the graph alone: the step is put behind one, two and more
//! of the steps that follow it in its stage, and the processes that then differ are counted. All builds are tried at once, since the union
//! has each operation once. A step is not moved past `layers`, nor out of its stage.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Digest;

use super::stage;
use crate::union::{OperationKind, Union};

/// How far a step is moved, in steps.
const MOST_STEPS: usize = 24;

/// A step that could come later.
pub(crate) struct Move {
    /// The name of the step, or what it sets.
    pub(crate) name: String,
    pub(crate) place: String,
    /// The axes and args that it reads.
    pub(crate) reads: BTreeSet<String>,
    /// The step behind which it would come. `None` for variables, which would be set for the image alone.
    pub(crate) behind: Option<String>,
    /// How many processes fewer would run for all builds on one builder.
    pub(crate) saves: usize,
    /// Their seconds, as far as they were measured.
    pub(crate) seconds: f64,
    /// How many processes fewer would run again if an arg that it reads changes.
    pub(crate) again: usize,
}

/// A step by its place and its stage.
type Key<'u> = (&'u str, &'u str);

/// Finds the steps. `axes` has those of which builds have several values.
pub(super) fn find(
    union: &Union,
    (axes, args): (&BTreeSet<String>, &BTreeSet<String>),
    seconds: &[Option<f64>],
) -> Vec<Move> {
    let read = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().filter(|name| axes.contains(*name) || args.contains(*name)).cloned().collect()
    };
    let args_of =
        |reads: &BTreeSet<String>| -> BTreeSet<String> { reads.intersection(args).cloned().collect() };
    let trial = Trial::new(union, seconds);
    let now = trial.run(&Change::default());
    let mut found = Vec::new();
    for (key, first) in trial.steps() {
        let reads = read(&trial.reads(key));
        if reads.is_empty() {
            continue;
        }
        let mut best: Option<(Move, f64)> = None;
        let mut change = Change { moved: Some(key), args: args_of(&reads), ..Change::default() };
        let before = trial.run(&Change { args: args_of(&reads), ..Change::default() });
        while change.passed.len() < MOST_STEPS
            && let Some((next, name)) = trial.next(key, &change.passed)
        {
            change.passed.push(next);
            let after = trial.run(&change);
            let (saves, again) =
                (now.distinct.saturating_sub(after.distinct), before.again.saturating_sub(after.again));
            let worth = (now.seconds - after.seconds, saves, again);
            let is_better = best.as_ref().is_none_or(|(known, seconds)| {
                let by_seconds = worth.0.total_cmp(seconds);
                saves.cmp(&known.saves).then(by_seconds).then(again.cmp(&known.again)).is_gt()
            });
            if (saves > 0 || again > 0) && after.distinct <= now.distinct && is_better {
                let found = Move {
                    name: union.operations[first].name.clone(),
                    place: key.0.to_owned(),
                    reads: reads.clone(),
                    behind: Some(name.to_owned()),
                    saves,
                    seconds: worth.0.max(0.0),
                    again,
                };
                best = Some((found, worth.0));
            }
        }
        found.extend(best.map(|(found, _)| found));
    }
    for setting in &union.settings {
        let reads = read(&setting.reads);
        let unset =
            Change { unset: setting.variables.iter().collect(), args: args_of(&reads), ..Change::default() };
        let before = trial.run(&Change { args: args_of(&reads), ..Change::default() });
        let after = trial.run(&unset);
        let saves = now.distinct.saturating_sub(after.distinct);
        if !reads.is_empty() && saves > 0 {
            let names = setting.variables.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            found.push(Move {
                name: format!("env {names}"),
                place: setting.place.clone(),
                reads,
                behind: None,
                saves,
                seconds: (now.seconds - after.seconds).max(0.0),
                again: before.again.saturating_sub(after.again),
            });
        }
    }
    found.sort_by(|a, b| {
        b.saves.cmp(&a.saves).then(b.seconds.total_cmp(&a.seconds)).then(b.again.cmp(&a.again))
    });
    found
}

/// What is tried.
#[derive(Default)]
struct Change<'u> {
    /// The step that is moved.
    moved: Option<Key<'u>>,
    /// The steps that it is moved past, in their order.
    passed: Vec<Key<'u>>,
    /// Variables that no process has.
    unset: BTreeSet<&'u String>,
    /// The args that may change.
    args: BTreeSet<String>,
}

/// What a trial counts: the processes that differ.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    distinct: usize,
    seconds: f64,
    /// Those that run again if one of the args changes.
    again: usize,
}

/// The union, prepared for trials.
struct Trial<'u> {
    union: &'u Union,
    seconds: &'u [Option<f64>],
    keys: Vec<Option<Key<'u>>>,
    /// The steps that follow an operation in its stage.
    after: Vec<Vec<usize>>,
    is_root: Vec<bool>,
}

/// An operation in a trial: what it does, its variables, and what it is built from.
type Identity<'u> = (Digest, Vec<(&'u String, &'u String)>, Vec<usize>);

/// The operations of a trial, each once.
#[derive(Default)]
struct Interned<'u> {
    known: BTreeMap<Identity<'u>, usize>,
    /// Whether each runs again if one of the args changes.
    again: Vec<bool>,
    counted: Counted,
}

/// What became of an operation of the union: the operation of the trial, and the moved steps that have to come after it.
#[derive(Clone, Default)]
struct Became {
    at: usize,
    carried: Vec<Carried>,
}

/// A moved step: its operation in the union, and what it is built from beside the file system before it.
type Carried = (usize, Vec<usize>);

impl<'u> Trial<'u> {
    fn new(union: &'u Union, seconds: &'u [Option<f64>]) -> Self {
        let operations = &union.operations;
        let numbered: BTreeSet<usize> = union
            .members
            .iter()
            .flat_map(|member| {
                member.operations.iter().filter(|(_, step)| step.is_some()).map(|(index, _)| *index)
            })
            .collect();
        let key = |index: usize| {
            let operation = &operations[index];
            operation.before.filter(|_| numbered.contains(&index))?;
            Some((operation.place.as_deref()?, stage(&operation.name)))
        };
        let keys: Vec<Option<Key<'u>>> = (0..operations.len()).map(key).collect();
        let mut after = vec![Vec::new(); operations.len()];
        for (index, operation) in operations.iter().enumerate() {
            if let (Some((_, stage)), Some(before)) = (keys[index], operation.before)
                && keys[before].is_some_and(|(_, of)| of == stage)
            {
                after[before].push(index);
            }
        }
        let mut is_root = vec![false; operations.len()];
        union.members.iter().flat_map(|member| &member.roots).for_each(|root| is_root[*root] = true);
        Self { union, seconds, keys, after, is_root }
    }

    /// The steps with the first operation of each, in the order of their first operations.
    fn steps(&self) -> Vec<(Key<'u>, usize)> {
        let mut seen = BTreeSet::new();
        let keys = self.keys.iter().enumerate().filter_map(|(index, key)| Some(((*key)?, index)));
        keys.filter(|(key, _)| seen.insert(*key)).collect()
    }

    fn reads(&self, key: Key<'_>) -> BTreeSet<String> {
        let of = (0..self.keys.len()).filter(|index| self.keys[*index] == Some(key));
        of.flat_map(|index| self.union.operations[index].reads.iter().cloned()).collect()
    }

    /// The step that follows a step and those that it was moved past, with its name. `None` at the end of the stage, and where steps of layers
    /// begin.
    fn next(&self, moved: Key<'u>, passed: &[Key<'u>]) -> Option<(Key<'u>, &'u str)> {
        let last = passed.last().copied().unwrap_or(moved);
        let mut next: BTreeMap<Key<'u>, &'u str> = BTreeMap::new();
        for index in (0..self.keys.len()).filter(|index| self.keys[*index] == Some(last)) {
            let mut keys: Vec<Key<'u>> =
                self.after[index].iter().filter_map(|after| self.keys[*after]).collect();
            keys.sort_unstable();
            keys.dedup();
            if keys.len() > 1 && self.shares_a_member(&self.after[index]) {
                return None;
            }
            for after in &self.after[index] {
                next.extend(self.keys[*after].map(|key| (key, self.union.operations[*after].name.as_str())));
            }
        }
        next.retain(|key, _| *key != moved && !passed.contains(key));
        if next.len() > 1 { None } else { next.pop_first() }
    }

    /// Whether one build has two of these operations.
    fn shares_a_member(&self, operations: &[usize]) -> bool {
        let mut seen = BTreeSet::new();
        operations
            .iter()
            .flat_map(|index| &self.union.operations[*index].members)
            .any(|member| !seen.insert(*member))
    }

    /// Counts the processes that differ after a change.
    fn run(&self, change: &Change<'u>) -> Counted {
        let mut interned = Interned::default();
        let mut became: Vec<Became> = Vec::with_capacity(self.keys.len());
        for (index, operation) in self.union.operations.iter().enumerate() {
            let of_before = operation.before.filter(|_| self.keys[index].is_some());
            let is_moved = self.keys[index].is_some() && self.keys[index] == change.moved;
            let is_passed = self.keys[index].is_some_and(|key| change.passed.contains(&key));
            let one = match of_before {
                // A step that is moved past nothing here stays where it is.
                Some(before) if is_moved && self.is_passed(index, change) => {
                    let others = operation.inputs.iter().filter(|input| **input != before);
                    let others =
                        others.map(|input| self.whole(&became[*input], change, &mut interned)).collect();
                    let mut one = became[before].clone();
                    one.carried.push((index, others));
                    one
                }
                Some(before) if is_passed && !became[before].carried.is_empty() => {
                    let carried = became[before].carried.clone();
                    let inputs = operation.inputs.iter().map(|input| match *input == before {
                        true => became[before].at,
                        false => self.whole(&became[*input], change, &mut interned),
                    });
                    let inputs: Vec<usize> = inputs.collect();
                    Became { at: self.add(index, inputs, change, &mut interned), carried }
                }
                _ => {
                    let inputs: Vec<usize> = operation
                        .inputs
                        .iter()
                        .map(|input| self.whole(&became[*input], change, &mut interned))
                        .collect();
                    Became { at: self.add(index, inputs, change, &mut interned), carried: Vec::new() }
                }
            };
            if self.is_root[index] {
                self.whole(&one, change, &mut interned);
            }
            became.push(one);
        }
        interned.counted
    }

    /// Whether one of the passed steps follows an operation.
    fn is_passed(&self, index: usize, change: &Change<'u>) -> bool {
        self.after[index]
            .iter()
            .any(|after| self.keys[*after].is_some_and(|key| change.passed.contains(&key)))
    }

    /// The operation with the moved steps after it.
    fn whole(&self, one: &Became, change: &Change<'u>, interned: &mut Interned<'u>) -> usize {
        let mut at = one.at;
        for (moved, others) in &one.carried {
            let inputs = std::iter::once(at).chain(others.iter().copied()).collect();
            at = self.add(*moved, inputs, change, interned);
        }
        at
    }

    /// Adds an operation, unless the trial has it.
    fn add(
        &self,
        index: usize,
        inputs: Vec<usize>,
        change: &Change<'u>,
        interned: &mut Interned<'u>,
    ) -> usize {
        let operation = &self.union.operations[index];
        let env = operation.env.iter().filter(|(name, _)| !change.unset.contains(name)).collect();
        let again = operation.reads.iter().any(|name| change.args.contains(name))
            || inputs.iter().any(|input| interned.again[*input]);
        let new = interned.again.len();
        let at = *interned.known.entry((operation.own, env, inputs)).or_insert(new);
        if at == new {
            interned.again.push(again);
            if operation.kind == OperationKind::Process {
                interned.counted.distinct += 1;
                interned.counted.again += usize::from(again);
                interned.counted.seconds += self.seconds[index].unwrap_or_default();
            }
        }
        at
    }
}
