//! The builds of a job: members that are built up to some of their steps, which together run the operations of the job.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::Digest;

use super::shared::tips;
use crate::union::{StepId, Union};

/// How many characters of a digest name a cache.
const NAME: usize = 16;

/// A member that is built up to some of its steps.
#[derive(Debug, Clone)]
pub(crate) struct UntilBuild {
    /// The member.
    pub(crate) member: usize,
    /// The steps.
    pub(crate) steps: Vec<StepId>,
    /// The operations of its job that it runs.
    pub(crate) operations: BTreeSet<usize>,
    /// The name of its cache: a digest of its operations. So the cache of another family, or of the same one after a change, has another name.
    pub(crate) cache: String,
    /// The caches of jobs before it that have something of it, as indices of all earlier builds.
    pub(crate) reads: Vec<usize>,
}

/// The builds that run the operations of a job. `earlier` has all builds of earlier waves.
pub(super) fn builds(union: &Union, job: &BTreeSet<usize>, earlier: &[UntilBuild]) -> Vec<UntilBuild> {
    let mut open = tips(union, job);
    let mut builds = Vec::new();
    while let Some(first) = open.first() {
        // One of the members that have the first step, and that has most of the others.
        let has = |member: usize| {
            let operations = &union.members[member].operations;
            open.iter().filter(|tip| operations.get(tip).is_some_and(Option::is_some)).count()
        };
        let of_first = union.operations[*first].members.iter().copied();
        let of_first = of_first.filter(|member| {
            let member = &union.members[*member];
            member.platform == union.machine(*first) && member.operations[first].is_some()
        });
        let Some(member) = of_first.max_by_key(|member| (has(*member), std::cmp::Reverse(*member))) else {
            break;
        };
        let steps: BTreeMap<usize, StepId> = open
            .iter()
            .filter_map(|tip| Some((*tip, union.members[member].operations.get(tip)?.clone()?)))
            .collect();
        open.retain(|tip| !steps.contains_key(tip));
        let all = union.closure(steps.keys().copied());
        let reads =
            (0..earlier.len()).filter(|build| !earlier[*build].operations.is_disjoint(&all)).collect();
        let operations: BTreeSet<usize> = all.intersection(job).copied().collect();
        let lines: String =
            operations.iter().map(|index| format!("{}\n", union.operations[*index].digest)).collect();
        let digest = Digest::of(lines.as_bytes()).to_string();
        let cache = digest.chars().skip_while(|c| *c != ':').skip(1).take(NAME).collect();
        let mut steps: Vec<StepId> = steps.into_values().collect();
        steps.sort();
        builds.push(UntilBuild { member, steps, operations, cache, reads });
    }
    builds
}
