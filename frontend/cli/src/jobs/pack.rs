//! Packs the operations of a wave into jobs. Operations that are built from each other are in one job, so that each runs once.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Costs, Load, Machines};
use super::shared::{have_a_member, numbered};
use crate::union::{OperationKind, Union};

/// How much longer a wave may take for the sake of fewer jobs.
const SLACK: f64 = 1.05;

/// The jobs of a wave with their loads. `before` is what the wave finds in caches.
pub(super) fn packed(
    union: &Union,
    costs: &Costs,
    machines: &Machines,
    wave: &BTreeSet<usize>,
    before: &BTreeSet<usize>,
) -> (Vec<BTreeSet<usize>>, Vec<Load>) {
    // A machine builds for one platform, so that it can be one of that platform.
    let mut by_platform: BTreeMap<&str, Vec<BTreeSet<usize>>> = BTreeMap::new();
    for part in parts(union, wave) {
        // The last one runs in a process, or after one.
        if let Some(last) = part.last() {
            by_platform.entry(union.machine(*last)).or_default().push(part);
        }
    }
    let (mut jobs, mut loads) = (Vec::new(), Vec::new());
    for parts in by_platform.into_values() {
        let (of_platform, of_jobs) = of_platform(union, costs, machines, parts, before);
        jobs.extend(of_platform);
        loads.extend(of_jobs);
    }
    (jobs, loads)
}

/// The jobs of a wave for a platform: as few as possible, unless more of them end earlier.
fn of_platform(
    union: &Union,
    costs: &Costs,
    machines: &Machines,
    mut parts: Vec<BTreeSet<usize>>,
    before: &BTreeSet<usize>,
) -> (Vec<BTreeSet<usize>>, Vec<Load>) {
    let seconds = |part: &BTreeSet<usize>| part.iter().map(|index| costs.seconds[*index]).sum::<f64>();
    parts.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));
    let mut ends = vec![0.0; union.operations.len()];
    let mut load = |job: &BTreeSet<usize>| {
        let all = union.closure(job.iter().copied());
        let mut load = Load::of(union, costs, all.into_iter(), (before, true), &mut ends);
        load.estimated = load.seconds(machines);
        load
    };
    let mut tries = Vec::new();
    for count in 1..=parts.len().min(machines.runners) {
        let mut jobs: Vec<(f64, BTreeSet<usize>)> = vec![(0.0, BTreeSet::new()); count];
        for part in &parts {
            let smallest = jobs.iter_mut().min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((sum, job)) = smallest {
                *sum += seconds(part);
                job.extend(part);
            }
        }
        let jobs: Vec<BTreeSet<usize>> = jobs.into_iter().map(|(_, job)| job).collect();
        let loads: Vec<Load> = jobs.iter().map(&mut load).collect();
        let longest = loads.iter().map(|load| load.estimated).fold(0.0, f64::max);
        tries.push((longest, jobs, loads));
    }
    let best = tries.iter().map(|(longest, ..)| *longest).fold(f64::INFINITY, f64::min);
    let found = tries.into_iter().find(|(longest, ..)| *longest <= best * SLACK);
    found.map(|(_, jobs, loads)| (jobs, loads)).unwrap_or_default()
}

/// The parts of a wave that have no process in common, each with what its processes are built from. What runs no process may be in several
/// parts, since every job can make it: the file of a script, or a copy from a stage that the wave before built. Steps of an image with the same
/// cache mount are in one part.
fn parts(union: &Union, wave: &BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    let steps = numbered(union);
    let is_process = |index: &usize| union.operations[*index].kind == OperationKind::Process;
    // A build cannot end at a process that only belongs to a step, but at the step.
    let is_end = |index: &usize| {
        let mut inputs = union.operations[*index].inputs.iter();
        is_process(index) || steps[*index] && inputs.any(|input| is_process(input) && !steps[*input])
    };
    let mut parent: BTreeMap<usize, usize> =
        wave.iter().filter(|index| is_end(index)).map(|index| (*index, *index)).collect();
    // The processes that each operation is built from, without those behind them.
    let mut nearest: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for index in wave {
        let mut found = BTreeSet::new();
        for input in &union.operations[*index].inputs {
            match nearest.get(input) {
                Some(_) if is_end(input) => drop(found.insert(*input)),
                Some(of_input) => found.extend(of_input),
                None => {}
            }
        }
        if is_end(index) {
            found.iter().for_each(|other| join(&mut parent, *index, *other));
        }
        nearest.insert(*index, found);
    }
    let with_caches: Vec<usize> =
        wave.iter().copied().filter(|index| !union.operations[*index].caches.is_empty()).collect();
    for (at, index) in with_caches.iter().enumerate() {
        for other in &with_caches[at + 1..] {
            let (one, two) = (&union.operations[*index], &union.operations[*other]);
            if !one.caches.is_disjoint(&two.caches) && have_a_member(&one.members, &two.members) {
                join(&mut parent, *index, *other);
            }
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let all: Vec<usize> = parent.keys().copied().collect();
    for index in all {
        let root = root(&mut parent, index);
        parts.entry(root).or_default().push(index);
    }
    parts.into_values().map(|part| union.closure(part).intersection(wave).copied().collect()).collect()
}

fn root(parent: &mut BTreeMap<usize, usize>, mut index: usize) -> usize {
    while let Some(above) = parent.get(&index).copied().filter(|above| *above != index) {
        let next = parent.get(&above).copied().unwrap_or(above);
        parent.insert(index, next);
        index = above;
    }
    index
}

/// Joins the parts of two operations.
fn join(parent: &mut BTreeMap<usize, usize>, one: usize, other: usize) {
    let (one, other) = (root(parent, one), root(parent, other));
    parent.insert(one.max(other), one.min(other));
}
