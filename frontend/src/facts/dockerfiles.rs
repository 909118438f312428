//! The keys of Dockerfile stages that plans start from.

use std::collections::BTreeMap;

use buildkit_gateway::Platform;
use varve_spec::plan::{Base, Dockerfile, Stage};
use varve_spec::{Plan, Span};

use crate::request::settings::Settings;

/// A stage of a Dockerfile for one platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DockerfileKey {
    /// The Dockerfile with its target and arguments.
    pub dockerfile: Dockerfile,
    /// The platform.
    pub platform: Platform,
    /// Whether its steps run even if their results are cached.
    pub no_cache: bool,
}

impl DockerfileKey {
    /// Creates the key of the Dockerfile that a stage starts from.
    pub(crate) fn of(dockerfile: &Dockerfile, platform: &Platform, no_cache: bool) -> Self {
        Self { dockerfile: dockerfile.clone(), platform: platform.clone(), no_cache }
    }
}

/// Returns the Dockerfiles that plans name, each with the first place that names it.
pub(crate) fn dockerfile_keys<'p>(
    plans: impl IntoIterator<Item = (&'p Plan, &'p Platform)>,
    build: &Platform,
    settings: &Settings,
) -> BTreeMap<DockerfileKey, Span> {
    let mut keys = BTreeMap::new();
    for (plan, target) in plans {
        for stage in &plan.stages {
            let Stage { base, base_span, platform, .. } = stage;
            if let Base::Dockerfile(dockerfile) = base {
                let platform = platform.of(target, build);
                let key = DockerfileKey::of(dockerfile, platform, settings.is_no_cache(plan, stage));
                keys.entry(key).or_insert(*base_span);
            }
        }
    }
    keys
}
