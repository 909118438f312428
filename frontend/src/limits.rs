//! What steps may use of the machine: the same for every step, and part of no cache key.

use std::collections::BTreeSet;

use buildkit_gateway::{Capabilities, Resources, Status};
use buildkit_llb::{Capability, Graph, Limits, Metadata, Output};

const NEEDED: Capability = Capability::ExecMetaLinuxResources;

/// Refuses limits that the daemon would not carry out, before anything is asked for.
pub(crate) fn check(resources: &Resources, capabilities: &Capabilities) -> Result<(), Status> {
    if resources.is_empty() || capabilities.llb.has(NEEDED.id()) {
        return Ok(());
    }
    Err(Status::user(format!(
        "limits of memory and processors (--resource) need BuildKit {} or later ({})",
        NEEDED.since(),
        NEEDED.id()
    )))
}

/// Limits all steps that outputs are built from, those of Dockerfiles among them.
pub(crate) fn set(graph: &mut Graph, outputs: &[Option<Output>], resources: &Resources) {
    if resources.is_empty() {
        return;
    }
    let limits = Limits {
        memory: resources.memory.unwrap_or_default(),
        memory_swap: resources.memory_swap.unwrap_or_default(),
        cpu_shares: resources.cpu_shares.unwrap_or_default(),
        cpu_period: resources.cpu_period.unwrap_or_default(),
        cpu_quota: resources.cpu_quota.unwrap_or_default(),
        cpuset_cpus: resources.cpuset_cpus.clone().unwrap_or_default(),
        cpuset_mems: resources.cpuset_mems.clone().unwrap_or_default(),
    };
    let steps = |output: &Option<Output>| graph.capabilities(*output).remove(&Capability::ExecMetaBase);
    let steps: BTreeSet<_> = outputs.iter().filter_map(steps).flatten().collect();
    for step in steps {
        graph.describe(step, Metadata { limits: Some(limits.clone()), ..Metadata::default() });
    }
}
