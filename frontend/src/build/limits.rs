//! Sets the resource limits of steps. They are the same for every step and are not part of any cache key.

use std::collections::BTreeSet;
use varve_spec::set_of;

use buildkit_gateway::{Capabilities, Resources};
use buildkit_llb::{Capability, Graph, Limits, Metadata, Output};

const NEEDED: Capability = Capability::ExecMetaLinuxResources;

/// Returns a warning if the daemon does not support limits. The build continues without limits, as that of a Dockerfile does.
pub(crate) fn warning(resources: &Resources, capabilities: &Capabilities) -> Option<String> {
    (!resources.is_empty() && !capabilities.llb.has(NEEDED.id())).then(|| {
        format!(
            "varve ignores the limits of memory and processors (--resource): they require BuildKit {} or later ({})",
            NEEDED.since(),
            NEEDED.id()
        )
    })
}

/// Sets the limits on all steps that the outputs are built from, including steps of Dockerfiles, if the daemon supports limits.
pub(crate) fn set(
    graph: &mut Graph,
    outputs: &[Option<Output>],
    resources: &Resources,
    capabilities: &Capabilities,
) {
    if resources.is_empty() || !capabilities.llb.has(NEEDED.id()) {
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
    let steps: BTreeSet<_> = set_of(outputs.iter().filter_map(steps).flatten());
    for step in steps {
        graph.describe(step, Metadata { limits: Some(limits.clone()), ..Metadata::default() });
    }
}
