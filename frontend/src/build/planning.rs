//! Plans a build: selects and plans the variant for each platform, and resolves the images that the plans name.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Platform};
use varve_spec::{
    Bases, Delivery, Diagnostic, Explanation, Family, Plan, Selection, Sources, check_keys, map_of,
};

use super::build_facts::{BuildError, BuildFacts};
use crate::facts::attempts::Attempts;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase, image_keys, stage_bases};
use crate::inputs::images::base_only_platform;
use crate::inputs::lock_file::LockFile;
use crate::inputs::named_contexts::replaced_stages;
use crate::request::settings::family_args;
use crate::request::stage_names;

/// A build as the client or the command line asks for it.
pub(crate) struct BuildRequest<'a> {
    /// The files of the family.
    pub(crate) sources: &'a Sources,
    /// The family.
    pub(crate) family: &'a Family,
    /// The options of the build.
    pub(crate) options: &'a Options,
    /// The lock.
    pub(crate) lock: &'a LockFile,
    /// The purpose of the lowered build.
    pub(crate) purpose: Purpose,
    /// The fetches that failed so far.
    pub(crate) attempts: &'a Attempts,
    /// The facts that the build found in its images. `None` before it looked for them.
    pub(crate) facts: Option<&'a PlatformFacts>,
}

/// The facts of each platform, as a plan takes them: by the stage, and by the name. The empty name of a stage is the image.
pub(crate) type PlatformFacts = BTreeMap<Platform, BTreeMap<String, BTreeMap<String, String>>>;

/// The purpose of a lowered build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The daemon solves it.
    Solve,
    /// The daemon solves some of its steps. The graph retains its operations, so that the results of steps are known.
    SolveSteps,
    /// A subrequest or a command shows it. Plans are explained, and the graph retains its operations.
    Show,
}

/// The plan for one platform.
pub(crate) struct PlatformPlan {
    /// The platform.
    pub(crate) platform: Platform,
    /// The plan.
    pub(crate) plan: Plan,
    /// The tags that the target states.
    pub(crate) tags: Vec<String>,
    /// Whether the variant is published.
    pub(crate) publish: bool,
    /// The axes of the family with their values.
    pub(crate) axes: Vec<(String, String)>,
    /// How the plan was computed. `None` unless the purpose of the build is to be shown.
    pub(crate) explained: Option<Explained>,
}

/// How a plan was computed.
pub struct Explained {
    /// The origin of each step, and the omitted steps.
    pub explanation: Explanation,
    /// Where the target puts its result, and which caches it names.
    pub delivery: Delivery,
}

/// The plans of a build, with the images that they name.
pub(crate) struct ResolvedPlans {
    /// The plan for each platform.
    pub(crate) plans: Vec<PlatformPlan>,
    /// The images.
    pub(crate) images: BTreeMap<ImageKey, ResolvedBase>,
    /// Warnings of planning and of the lock.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Plans the variants of one selection for any platform.
pub(crate) struct Planner<'a> {
    request: &'a BuildRequest<'a>,
    build: &'a Platform,
    /// The selection, without a platform.
    selection: Selection,
}

impl<'a> Planner<'a> {
    /// Creates the planner. Reads what the selection depends on: build arguments, the commit of the context, and the files that
    /// vars are read from.
    pub(crate) async fn new(
        facts: &mut impl BuildFacts,
        request: &'a BuildRequest<'a>,
        build: &'a Platform,
    ) -> Result<Self, BuildError> {
        let BuildRequest { family, options, .. } = request;
        let vcs = facts.vcs(family).await?;
        let selection = Selection {
            args: family_args(options, Some(family))?,
            target: options.target.clone(),
            files: facts.value_files(family).await?,
            vcs,
            ..Selection::new(build.clone())
        };
        Ok(Self { request, build, selection })
    }

    /// Plans the build for the requested platforms. If none is requested, the platform is that of the machine that builds. If the
    /// base image exists for only one other platform, it is that platform.
    pub(crate) async fn plan_all(&self, facts: &impl BuildFacts) -> Result<ResolvedPlans, BuildError> {
        let options = self.request.options;
        if !options.platforms.is_empty() {
            return self.plan_for(facts, &options.platforms).await;
        }
        let resolved = self.plan_for(facts, std::slice::from_ref(self.build)).await?;
        let base_only = match resolved.plans.as_slice() {
            [one] => base_only_platform(options, &one.plan, self.build, &resolved.images),
            _ => None,
        };
        match base_only {
            Some(platform) => self.plan_for(facts, &[platform]).await,
            None => Ok(resolved),
        }
    }

    /// Plans a platform again, with the names and digests of the images that its stages start from. `platforms` has all platforms of
    /// the build. Without a builder, only the digests of the lock are known.
    pub(crate) fn plan_with_bases(
        &self,
        facts: &impl BuildFacts,
        planned: &PlatformPlan,
        platforms: &[Platform],
        images: &BTreeMap<ImageKey, BaseImage>,
    ) -> Result<PlatformPlan, BuildError> {
        let are_read = facts.capabilities().is_some();
        let bases = stage_bases(&planned.plan, (&planned.platform, self.build), images, are_read);
        // The first plan of this platform had the same warnings.
        let (plan, _) = self.plan(&planned.platform, platforms, Some(bases))?;
        Ok(plan)
    }

    async fn plan_for(
        &self,
        facts: &impl BuildFacts,
        platforms: &[Platform],
    ) -> Result<ResolvedPlans, BuildError> {
        let BuildRequest { family, options, lock, .. } = self.request;
        let mut plans = Vec::new();
        let mut warnings = Vec::new();
        for platform in platforms {
            let (plan, of_plan) = self.plan(platform, platforms, None)?;
            plans.push(plan);
            warnings.extend(of_plan);
        }
        let keys = plans.iter().flat_map(|planned| image_keys(&planned.plan, &planned.platform, self.build));
        let (images, stale) = lock.pin_images(map_of(keys), options);
        warnings.extend(stale);
        if warnings.iter().any(Diagnostic::is_error) {
            return Err(warnings.into());
        }
        let all: Vec<&Plan> = plans.iter().map(|planned| &planned.plan).collect();
        warnings.extend(stage_names::misspelled(options, family, &all));
        let images = facts.images(family, &all, images).await?;
        Ok(ResolvedPlans { plans, images, warnings })
    }

    fn plan(
        &self,
        platform: &Platform,
        platforms: &[Platform],
        bases: Bases,
    ) -> Result<(PlatformPlan, Vec<Diagnostic>), BuildError> {
        let BuildRequest { family, options, lock, purpose, facts, .. } = self.request;
        let selection = Selection {
            platform: platform.clone(),
            platforms: platforms.to_vec(),
            replaced_stages: replaced_stages(options, family, platform, self.build),
            bases,
            facts: facts.map(|facts| facts.get(platform).cloned().unwrap_or_default()),
            digests: family.reads_digests().then(|| lock.lock().digests(platform)),
            ..self.selection.clone()
        };
        let variant = family.select(&selection)?;
        let (mut plan, explained) = match purpose {
            Purpose::Solve | Purpose::SolveSteps => (variant.plan()?, None),
            Purpose::Show => {
                let (plan, explanation) = variant.explain()?;
                (plan, Some(Explained { explanation, delivery: variant.delivery() }))
            }
        };
        let mut warnings = lock.pin(&mut plan);
        check_keys(&plan, &mut warnings);
        let (tags, publish) = (variant.tags(), variant.publish());
        warnings.extend(variant.warnings);
        let axes = variant.axes;
        Ok((PlatformPlan { platform: platform.clone(), plan, tags, publish, axes, explained }, warnings))
    }
}
