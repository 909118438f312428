//! Jobs for a family: what several jobs of a CI system would run is built before them, once, exported to a cache and found there.
//!
//! Each member of the union is a job on an empty builder. Operations that several of them have are split off into at most two waves of jobs:
//! the second finds what the first built, and the members find what both built. What is split off is decided by how many members have an
//! operation: whatever it is built from has at least as many, so it is split off too. Several limits are tried. The first wave has what even
//! more members have, or what steps at the ends of the second need that are for different members. The estimate of [`model`] decides: the
//! least time of all machines, or nearly the least and an earlier end, among the choices that do not end later than without jobs.
//!
//! This module does not know what a step does. It knows what a step took, if that was measured.

mod model;
pub(crate) mod output;
mod pack;
mod shared;
mod until;

use std::collections::BTreeSet;

use crate::timings::Timings;
use crate::union::Union;
pub(crate) use model::{Costs, Estimate, Machines};
use model::{Load, final_wave};
use pack::packed;
use shared::{Limit, in_first_wave, needed_by_several, shared};
pub(crate) use until::UntilBuild;

/// How many limits are tried for each wave.
const MOST_LIMITS: usize = 12;

/// How much more time of machines than the least is taken for an earlier end.
const SLACK: f64 = 1.05;

/// The jobs before the members.
pub(crate) struct Jobs {
    /// The waves. Those of a wave need nothing of each other. Empty if nothing is worth a job.
    pub(crate) waves: Vec<Vec<Job>>,
    /// The caches that each member reads, as indices of all builds of all jobs in their order.
    pub(crate) of_members: Vec<Vec<usize>>,
    /// One job for each member, on an empty builder.
    pub(crate) cold: Estimate,
    /// These jobs, and then the members.
    pub(crate) with: Estimate,
    /// The processes of all members in sum, how many of these differ, and how many run with these jobs.
    pub(crate) processes: [usize; 3],
    /// How many of the processes that differ were measured.
    pub(crate) measured: usize,
}

/// A job: builds on one empty builder, at the same time.
pub(crate) struct Job {
    /// The builds. Together they run the operations of the job.
    pub(crate) builds: Vec<UntilBuild>,
    /// The estimated seconds.
    pub(crate) seconds: f64,
    /// The processes that the job runs.
    pub(crate) processes: usize,
}

/// A choice of what is split off.
struct Choice {
    /// The operations of each wave.
    waves: Vec<BTreeSet<usize>>,
    /// The operations of each job of each wave.
    jobs: Vec<Vec<BTreeSet<usize>>>,
    loads: Vec<Vec<Load>>,
    estimate: Estimate,
}

impl Jobs {
    /// Finds the jobs for a union.
    pub(crate) fn of(union: &Union, timings: &Timings, machines: &Machines) -> Self {
        let costs = Costs::of(union, timings, machines);
        let cold = choice(union, &costs, machines, Vec::new());
        let best = candidates(union, &costs).into_iter().map(|waves| choice(union, &costs, machines, waves));
        let mut best: Vec<Choice> = best.filter(|found| found.estimate.wall <= cold.estimate.wall).collect();
        let least = best.iter().map(|found| found.estimate.seconds).fold(f64::INFINITY, f64::min);
        best.retain(|found| found.estimate.seconds <= least * SLACK);
        let best = best.into_iter().min_by(|a, b| {
            let order = a.estimate.wall.total_cmp(&b.estimate.wall);
            order.then(a.estimate.seconds.total_cmp(&b.estimate.seconds))
        });
        let without = cold.estimate;
        let best = match best {
            Some(best) if best.estimate.seconds < without.seconds => best,
            _ => cold,
        };
        best.jobs(union, &costs, without)
    }
}

/// The choices to try: the operations of each wave.
fn candidates(union: &Union, costs: &Costs) -> Vec<Vec<BTreeSet<usize>>> {
    let all = shared(union, costs, Limit(2));
    let mut candidates: Vec<Vec<BTreeSet<usize>>> = Vec::new();
    for limit in limits(union, &all) {
        let split_off = shared(union, costs, limit);
        if split_off.is_empty() {
            continue;
        }
        let by_count = limits(union, &split_off);
        let by_count = by_count.into_iter().map(|first| in_first_wave(union, &split_off, first));
        for first in by_count.chain([needed_by_several(union, &split_off)]) {
            let second: BTreeSet<usize> = split_off.difference(&first).copied().collect();
            let waves = if first.is_empty() || second.is_empty() {
                vec![split_off.clone()]
            } else {
                vec![first, second]
            };
            if !candidates.contains(&waves) {
                candidates.push(waves);
            }
        }
    }
    candidates
}

/// The numbers of members that operations have, at most [`MOST_LIMITS`] of them.
fn limits(union: &Union, operations: &BTreeSet<usize>) -> Vec<Limit> {
    let counts: BTreeSet<usize> =
        operations.iter().map(|index| union.operations[*index].members.len()).collect();
    let counts: Vec<usize> = counts.into_iter().filter(|count| *count > 1).collect();
    let step = counts.len().div_ceil(MOST_LIMITS).max(1);
    counts.into_iter().step_by(step).map(Limit).collect()
}

fn choice(union: &Union, costs: &Costs, machines: &Machines, waves: Vec<BTreeSet<usize>>) -> Choice {
    let mut estimate = Estimate::default();
    let (mut jobs, mut loads) = (Vec::new(), Vec::new());
    let mut before: BTreeSet<usize> = BTreeSet::new();
    for wave in &waves {
        let (of_wave, of_jobs) = packed(union, costs, machines, wave, &before);
        estimate.wave(machines, of_jobs.iter().map(|load: &Load| load.seconds(machines)));
        jobs.push(of_wave);
        loads.push(of_jobs);
        before.extend(wave);
    }
    let members = final_wave(union, costs, &before);
    estimate.wave(machines, members.iter().map(|load| load.seconds(machines)));
    Choice { waves, jobs, loads, estimate }
}

impl Choice {
    fn jobs(self, union: &Union, costs: &Costs, cold: Estimate) -> Jobs {
        let processes = |operations: &BTreeSet<usize>| {
            operations.iter().filter(|index| costs.is_process[**index]).count()
        };
        let mut earlier: Vec<UntilBuild> = Vec::new();
        let mut waves = Vec::new();
        for (jobs, loads) in self.jobs.iter().zip(&self.loads) {
            let mut of_wave = Vec::new();
            for (operations, load) in jobs.iter().zip(loads) {
                let builds = until::builds(union, operations, &earlier);
                of_wave.push(Job { builds, seconds: load.estimated, processes: processes(operations) });
            }
            earlier.extend(of_wave.iter().flat_map(|job| job.builds.iter().cloned()));
            waves.push(of_wave);
        }
        let split_off: BTreeSet<usize> = self.waves.iter().flatten().copied().collect();
        let all = (0..union.operations.len()).filter(|index| costs.is_process[*index]);
        let sums = all.fold([0, 0, 0], |[sum, distinct, with], index| {
            let members = union.operations[index].members.len();
            let runs = if split_off.contains(&index) { 1 } else { members };
            [sum + members, distinct + 1, with + runs]
        });
        let of_members = union.members.iter().map(|member| {
            let has = |build: &UntilBuild| {
                build.operations.iter().any(|index| member.operations.contains_key(index))
            };
            (0..earlier.len()).filter(|build| has(&earlier[*build])).collect()
        });
        Jobs {
            of_members: of_members.collect(),
            waves,
            cold,
            with: self.estimate,
            processes: sums,
            measured: costs.measured,
        }
    }
}
