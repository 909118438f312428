//! A build that was lowered and not solved.

use std::collections::BTreeMap;

use buildkit_gateway::Platform;
use buildkit_llb::{Graph, Output, SourceInfo};
use varve_spec::{Diagnostic, Plan, Sources};

use super::planning::Explained;
use crate::facts::images::{BaseImage, ImageKey};
use crate::lower::Lowered;
use crate::render::{Built, InfoSource};
use crate::request::epoch::Epoch;

/// A build that was lowered and not solved.
pub struct LoweredBuild {
    /// The plan and the lowered plan of each platform.
    pub platforms: Vec<LoweredPlatform>,
    /// The platform of the machine that builds.
    pub build: Platform,
    /// Where the facts of the build come from.
    pub info_source: InfoSource,
    /// All images that the plans name.
    pub images: BTreeMap<ImageKey, BaseImage>,
    /// The time of the build.
    pub epoch: Option<Epoch>,
    /// The operations of all platforms.
    pub graph: Graph,
    /// The files that source locations refer to.
    pub infos: Vec<SourceInfo>,
    /// The build context, if a plan reads it.
    pub context: Option<Output>,
    /// The image with `varve-rootfs`, if a step runs it.
    pub program: Option<Output>,
    /// The annotations of the index. Empty if the result has no index.
    pub index_annotations: BTreeMap<String, String>,
    /// Warnings of all phases.
    pub warnings: Vec<Diagnostic>,
}

/// One platform of a lowered build.
pub struct LoweredPlatform {
    /// The platform.
    pub platform: Platform,
    /// The plan.
    pub plan: Plan,
    /// The tags that the target states.
    pub tags: Vec<String>,
    /// Whether the variant is published.
    pub publish: bool,
    /// The axes of the family with their values.
    pub axes: Vec<(String, String)>,
    /// How the plan was computed. `None` unless the purpose of the build is to be shown.
    pub explained: Option<Explained>,
    /// The result of lowering the plan.
    pub lowered: Lowered,
}

impl LoweredBuild {
    /// Returns the platforms in the form that the module `render` shows. Platforms whose plans were not explained are left out.
    pub fn built<'a>(&'a self, sources: &'a Sources) -> Vec<Built<'a>> {
        let built = self.platforms.iter().filter_map(|one| {
            let Explained { explanation, delivery } = one.explained.as_ref()?;
            Some(Built {
                sources,
                plan: &one.plan,
                explanation,
                tags: &one.tags,
                delivery,
                lowered: &one.lowered,
                graph: &self.graph,
                infos: &self.infos,
                context: self.context,
                program: self.program,
                target: &one.platform,
                build: &self.build,
                info_source: self.info_source,
                images: &self.images,
                epoch: self.epoch,
            })
        });
        built.collect()
    }
}
