//! Drives a build from a family to a graph, through all phases in order. The same code serves builds with and without a daemon.
//!
//! ```text
//! Family -plan-> PlatformPlan -resolve-> facts -lower-> LoweredBuild
//! ```
//!
//! The driver does not know whether there is a daemon: a [`BuildFacts`] gives it the facts that only a builder knows. It solves no
//! steps.

use buildkit_gateway::{Capabilities, Platform};
use buildkit_llb::{Output, SourceInfo};
use futures_util::future::try_join;
use varve_spec::{Plan, Source};

use super::build_facts::{BuildError, BuildFacts};
use super::index_annotations::index_annotations;
use super::lowered_build::{LoweredBuild, LoweredPlatform};
use super::planning::{BuildRequest, Planner, PlatformPlan, Purpose, ResolvedPlans};
use super::{limits, unsupported_caps};
use crate::facts::dockerfiles::dockerfile_keys;
use crate::facts::images::import_into;
use crate::inputs::context::context_paths;
use crate::inputs::distributions::Distributions;
use crate::lower::{LowerInputs, Lowered, RunTests, lower};
use crate::render::InfoSource;
use crate::request::settings::Settings;

/// Plans and lowers a build.
///
/// # Errors
/// Returns the errors of the build file or of the options, the operations that the daemon does not support, or the daemon's own
/// error.
pub(crate) async fn lower_build(
    facts: &mut impl BuildFacts,
    request: &BuildRequest<'_>,
) -> Result<LoweredBuild, BuildError> {
    let BuildRequest { sources, family, options, purpose, .. } = *request;
    let settings = Settings::read(options)?;
    let build = facts.build_platform();

    // Select and plan the variant for each platform. Pin and resolve the images that the plans name.
    let planner = Planner::new(facts, request, &build).await?;
    let facts = &*facts;
    let ResolvedPlans { mut plans, images, mut warnings } = planner.plan_all(facts).await?;

    // Import the definitions that the client sent in place of images.
    let mut graph = match purpose {
        Purpose::Solve => facts.graph(),
        Purpose::Show | Purpose::SolveSteps => facts.graph().retain_operations(),
    };
    let mut infos = source_infos(facts, request);
    let images = import_into(images, &mut graph, &mut infos)?;

    // Plan again if the build file reads the name or the digest of a base, which are known now. Reports show placeholders, and a definition
    // has no configuration.
    if family.reads_base() && facts.tells_bases() {
        let platforms: Vec<Platform> = plans.iter().map(|planned| planned.platform.clone()).collect();
        for planned in &mut plans {
            *planned = planner.plan_with_bases(facts, planned, &platforms, &images)?;
        }
    }
    let pairs: Vec<(&Plan, &Platform)> =
        plans.iter().map(|planned| (&planned.plan, &planned.platform)).collect();
    let all: Vec<&Plan> = plans.iter().map(|planned| &planned.plan).collect();

    // Find out the distributions of images while the ignore file of the context is read.
    let distributions = Distributions::from_names(options, &pairs, &build, &images, &graph);
    let context = async {
        match context_paths(all.iter().copied()) {
            paths if paths.is_empty() => Ok(None),
            paths => facts.context(paths, &mut graph).await,
        }
    };
    let (context, distributions) = try_join(context, facts.distributions(distributions)).await?;

    // Let the Dockerfile frontend convert Dockerfiles. The lock pins their images too.
    let dockerfiles = dockerfile_keys(pairs.iter().copied(), &build, &settings);
    let (dockerfiles, stale) = facts.dockerfiles(dockerfiles, &mut graph, &mut infos).await?;
    warnings.extend(stale);

    let rootfs_program = facts.rootfs_program(&all, &mut graph, &mut infos)?;
    let merges = facts.capabilities().is_none_or(supports_merge);
    let required_paths = facts.capabilities().is_some_and(supports_required_paths);

    // Lower each plan.
    let mut lowered = Vec::new();
    for (plan, target) in &pairs {
        let inputs = LowerInputs {
            sources,
            images: &images,
            distributions: &distributions,
            context,
            target,
            build: &build,
            settings: &settings,
            merge: merges,
            required_paths,
            name_platform: pairs.len() > 1,
            dockerfiles: &dockerfiles,
            rootfs_program: rootfs_program.as_ref(),
            attempts: request.attempts,
            on_unknown: facts.on_unknown(),
        };
        lowered.push(lower(plan, &inputs, &mut graph)?);
    }
    warnings.extend(lowered.iter().flat_map(|lowered| lowered.warnings.clone()));
    let of_plans: Vec<(&Plan, &Lowered)> = all.into_iter().zip(&lowered).collect();
    let index_annotations = index_annotations(options, &of_plans, &mut warnings)?;

    // Set the limits of steps, and report operations that the daemon does not support.
    let program = rootfs_program.as_ref().and_then(|program| program.image);
    let mut info_source = InfoSource::File;
    if let Some(capabilities) = facts.capabilities() {
        let outputs = outputs(&lowered);
        limits::set(&mut graph, &outputs, &options.resources, capabilities);
        unsupported_caps::check(&graph, &outputs, capabilities, sources)?;
        info_source = InfoSource::Daemon {
            merges,
            runs_rootfs_tests: rootfs_program.is_some_and(|program| program.tests == RunTests::Yes),
        };
    }

    let platforms = plans.into_iter().zip(lowered);
    let platforms = platforms.map(|(planned, lowered)| {
        let PlatformPlan { platform, plan, tags, publish, axes, explained } = planned;
        LoweredPlatform { platform, plan, tags, publish, axes, explained, lowered }
    });
    Ok(LoweredBuild {
        platforms: platforms.collect(),
        build,
        info_source,
        images,
        epoch: settings.epoch,
        graph,
        infos,
        context,
        program,
        index_annotations,
        warnings,
    })
}

/// Returns the files of the family, which the source locations of operations refer to.
fn source_infos(facts: &impl BuildFacts, request: &BuildRequest<'_>) -> Vec<SourceInfo> {
    let definition = facts.build_file_definition();
    let info = |source: &Source| SourceInfo {
        filename: source.name().to_owned(),
        data: source.shown().as_bytes().into(),
        language: "YAML".to_owned(),
        definition: definition.clone(),
    };
    request.sources.iter().map(info).collect()
}

/// Whether the daemon can merge file systems and compute their differences.
fn supports_merge(capabilities: &Capabilities) -> bool {
    ["mergeop", "diffop"].iter().all(|id| capabilities.llb.has(id))
}

/// Whether a filtered copy can name paths that it has to find.
fn supports_required_paths(capabilities: &Capabilities) -> bool {
    capabilities.llb.has("file.copy.requiredpaths")
}

/// Returns all outputs to solve: the images, the rootfs tests and the facts.
fn outputs(lowered: &[Lowered]) -> Vec<Option<Output>> {
    let outputs = lowered.iter().flat_map(|lowered| {
        let tests = lowered.rootfs_tests.iter().map(|test| Some(test.output));
        let facts = lowered.facts.iter().map(|fact| fact.root);
        [lowered.output].into_iter().chain(tests).chain(facts)
    });
    outputs.collect()
}
