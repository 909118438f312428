//! What jobs cost: an estimate from the times and sizes of operations, and from what is known of the machines.

use std::collections::BTreeSet;

use crate::timings::Timings;
use crate::union::{OperationKind, Union};

/// The seconds of a process that was not measured.
pub(crate) const SECONDS: f64 = 30.0;
/// The bytes of the result of a process that was not measured.
pub(crate) const BYTES: f64 = 50e6;

/// The machines of a CI system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machines {
    /// How many jobs run at the same time.
    pub(crate) runners: usize,
    /// How many processes a machine runs at the same time without one slowing down another.
    pub(crate) parallel: usize,
    /// The seconds before a job builds something: the machine starts, and a builder on it.
    pub(crate) start: f64,
    /// The bytes that a machine pushes or pulls in a second.
    pub(crate) rate: f64,
}

/// What operations cost, by their index in the union.
pub(crate) struct Costs {
    /// The seconds. What is no process takes none unless it was measured.
    pub(crate) seconds: Vec<f64>,
    /// The bytes of the result.
    pub(crate) bytes: Vec<f64>,
    pub(crate) is_process: Vec<bool>,
    /// How many processes were measured.
    pub(crate) measured: usize,
    /// The bytes that a machine pushes or pulls in a second.
    rate: f64,
}

impl Costs {
    /// What was measured, and assumptions for everything else.
    pub(crate) fn of(union: &Union, timings: &Timings, machines: &Machines) -> Self {
        let mut costs = Self {
            seconds: Vec::new(),
            bytes: Vec::new(),
            is_process: Vec::new(),
            measured: 0,
            rate: machines.rate,
        };
        for operation in &union.operations {
            let is_process = operation.kind == OperationKind::Process;
            let seconds = timings.seconds(&operation.name);
            // A builder gets an image or a repository from where it is, and not from a cache.
            let is_made = operation.kind != OperationKind::Source;
            costs.measured += usize::from(is_process && seconds.is_some());
            let seconds = seconds.filter(|_| is_made).unwrap_or(if is_process { SECONDS } else { 0.0 });
            let bytes = timings.bytes(&operation.name).filter(|_| is_made);
            costs.seconds.push(seconds);
            costs.bytes.push(bytes.unwrap_or(if is_process { BYTES } else { 0.0 }));
            costs.is_process.push(is_process);
        }
        costs
    }

    /// Whether an operation that several jobs need costs less if one of them builds it for all.
    pub(crate) fn is_worth(&self, index: usize, jobs: usize) -> bool {
        let transfer = self.bytes[index] / self.rate;
        self.is_process[index] && self.seconds[index] * (jobs - 1) as f64 > transfer * (jobs + 1) as f64
    }
}

/// What a job does.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    /// The seconds of its operations.
    sum: f64,
    /// The seconds of those of them that have to wait for each other.
    longest: f64,
    /// The bytes that it pulls and pushes.
    bytes: f64,
    /// The estimated seconds, see [`Self::seconds`].
    pub(crate) estimated: f64,
}

impl Load {
    /// The load of operations, of which those in `before` are found in a cache. What is `pushed` is exported.
    pub(crate) fn of(
        union: &Union,
        costs: &Costs,
        operations: impl Iterator<Item = usize>,
        (before, pushed): (&BTreeSet<usize>, bool),
        ends: &mut [f64],
    ) -> Self {
        // Inputs come first, so the end of each is known.
        let mut load = Self::default();
        for index in operations {
            if before.contains(&index) {
                load.bytes += costs.bytes[index];
                ends[index] = 0.0;
                continue;
            }
            let inputs = union.operations[index].inputs.iter().map(|input| ends[*input]);
            ends[index] = inputs.fold(0.0, f64::max) + costs.seconds[index];
            load.sum += costs.seconds[index];
            load.longest = load.longest.max(ends[index]);
            load.bytes += if pushed { costs.bytes[index] } else { 0.0 };
        }
        load
    }

    /// The estimated seconds of the job on a machine.
    pub(crate) fn seconds(&self, machines: &Machines) -> f64 {
        machines.start + self.bytes / machines.rate + self.longest.max(self.sum / machines.parallel as f64)
    }
}

/// The loads of the members, which find what was built before in caches.
pub(super) fn final_wave(union: &Union, costs: &Costs, before: &BTreeSet<usize>) -> Vec<Load> {
    let mut ends = vec![0.0; union.operations.len()];
    let members = union.members.iter();
    members
        .map(|member| Load::of(union, costs, member.operations.keys().copied(), (before, false), &mut ends))
        .collect()
}

/// The estimated time of all jobs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Estimate {
    /// The seconds of all machines together.
    pub(crate) seconds: f64,
    /// The seconds until the last job ends.
    pub(crate) wall: f64,
}

impl Estimate {
    /// Adds jobs that begin when all jobs before them have ended, each with its seconds.
    pub(crate) fn wave(&mut self, machines: &Machines, jobs: impl Iterator<Item = f64>) {
        let (sum, longest) = jobs.fold((0.0, 0.0), |(sum, longest), job| (sum + job, f64::max(longest, job)));
        self.seconds += sum;
        self.wall += f64::max(longest, sum / machines.runners as f64);
    }
}
