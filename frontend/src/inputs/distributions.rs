//! Finds out the distributions of base images: from the name of the image, or from its `/etc/os-release` if a step needs it.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Platform, Ref, Solve, Status};
use buildkit_llb::{Graph, Metadata};
use futures_util::future::join_all;
use varve_spec::plan::{Action, Base, Stage, Step};
use varve_spec::{Distribution, ImageName, Manager, Plan, Sources, Span, map_of};

use super::client::Client;
use super::named_contexts;
use crate::facts::images::{BaseImage, BaseSource, ImageKey};
use crate::util::report;

/// The files in which a distribution states its name and release.
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// The distributions of the images of plans: those that are known by name, and the images that must be read.
pub(crate) struct Distributions {
    /// The distributions that are known from the names of images.
    pub(crate) known: BTreeMap<ImageKey, Distribution>,
    unknown: Vec<UnknownDistribution>,
}

/// An image whose distribution a step needs and whose name does not determine it.
struct UnknownDistribution {
    image: ImageKey,
    /// The place that names the image.
    span: Span,
    /// The definition of its file system.
    definition: Vec<u8>,
}

impl Distributions {
    /// Determines the distributions from the names of images.
    ///
    /// An image is read only if a step needs its distribution and the name does not determine it. To read an image, the daemon must
    /// pull it, even if everything that is built on it is cached.
    pub(crate) fn from_names(
        options: &Options,
        plans: &[(&Plan, &Platform)],
        build: &Platform,
        images: &BTreeMap<ImageKey, BaseImage>,
        graph: &Graph,
    ) -> Self {
        // A named context may have another distribution than the image that it replaces.
        let not_replaced = images
            .keys()
            .filter(|key| named_contexts::find(options, &key.reference, &key.platform).is_none());
        let from_name = |key: &ImageKey| {
            let reference = key.reference.reference().ok()?;
            Some((key.clone(), Distribution::of_image(reference, &key.platform)?))
        };
        let known: BTreeMap<ImageKey, Distribution> = map_of(not_replaced.filter_map(from_name));
        let mut unknown = BTreeMap::new();
        for (plan, target) in plans {
            for (key, span) in needed(plan, target, build).filter(|(key, _)| !known.contains_key(key)) {
                unknown.entry(key).or_insert(span);
            }
        }
        let unknown = unknown.into_iter().filter_map(|(image, span)| {
            let definition = definition(images.get(&image)?, &image.reference, graph)?;
            Some(UnknownDistribution { image, span, definition })
        });
        let unknown = unknown.collect();
        Self { known, unknown }
    }

    /// Reads the remaining distributions from the images, all at the same time.
    ///
    /// # Errors
    /// Returns the daemon's own error, with the place that names the image.
    pub(crate) async fn read_unknown<B: Bridge>(
        self,
        client: &Client<'_, B>,
        sources: &Sources,
    ) -> Result<BTreeMap<ImageKey, Distribution>, Status> {
        let mut distributions = self.known;
        let read = join_all(self.unknown.into_iter().map(|unknown| async move {
            let UnknownDistribution { image, span, definition } = unknown;
            let distribution = read_distribution(client, &image, definition).await;
            let distribution = distribution.map_err(|status| report::at(status, sources, span))?;
            Ok::<_, Status>(distribution.map(|distribution| (image, distribution)))
        }));
        for result in read.await {
            distributions.extend(result?);
        }
        Ok(distributions)
    }
}

/// The encoded definition of the file system of an image. `None` for the empty file system.
fn definition(image: &BaseImage, reference: &ImageName, graph: &Graph) -> Option<Vec<u8>> {
    match &image.source {
        BaseSource::Scratch => None,
        BaseSource::Output(output) => Some(graph.encode(Some(*output), &[])),
        BaseSource::Operation(operation) => {
            let mut alone = graph.empty_with_same_order();
            let vertex = alone.add_ref(operation);
            let name = image.label.clone().unwrap_or_else(|| format!("[internal] from {reference}"));
            alone.describe(vertex, Metadata::named(name));
            Some(alone.encode(alone.root(vertex), &[]))
        }
    }
}

/// Returns the base images whose distributions the steps of a plan need, each with the place that names it.
fn needed<'p>(
    plan: &'p Plan,
    target: &'p Platform,
    build: &'p Platform,
) -> impl Iterator<Item = (ImageKey, Span)> + 'p {
    let needs_distribution = |step: &&Step| match &step.action {
        Action::Packages(_) | Action::Repository(_) => true,
        Action::Layers(layers) => layers.need_join(),
        _ => false,
    };
    let stages = plan.stages.iter().filter(move |stage| stage.all_steps().iter().any(needs_distribution));
    stages.filter_map(move |stage| base_image(plan, stage, target, build))
}

/// Returns the image that a stage goes back to. `None` if this stage or one between them sets its package manager.
fn base_image(plan: &Plan, stage: &Stage, target: &Platform, build: &Platform) -> Option<(ImageKey, Span)> {
    let mut stage = stage;
    while stage.package_manager.is_none() {
        match &stage.base {
            Base::Image(reference) => {
                let platform = stage.platform.of(target, build).clone();
                return Some((ImageKey { reference: reference.clone(), platform }, stage.base_span));
            }
            Base::Stage(index) => stage = plan.stages.get(*index)?,
            // The result of a Dockerfile is not read. The build file must set the package manager.
            Base::Scratch | Base::Dockerfile(_) => return None,
        }
    }
    None
}

async fn read_distribution<B: Bridge>(
    client: &Client<'_, B>,
    key: &ImageKey,
    definition: Vec<u8>,
) -> Result<Option<Distribution>, Status> {
    let solve = Solve::encoded(definition).with_cache_imports(&client.options.cache_imports);
    let Some(root) = client.bridge.solve(solve).await?.single()? else { return Ok(None) };
    for path in OS_RELEASE {
        if let Some(bytes) = client.bridge.read_file_if_exists(&root, path).await? {
            let text = String::from_utf8_lossy(&bytes);
            let programs = programs(client, &root, &Distribution::candidates(&text)).await?;
            return Ok(Distribution::of_os_release(&text, &key.platform, |program| {
                programs.contains(program)
            }));
        }
    }
    Ok(None)
}

/// Returns the paths of the package managers' programs that an image contains. If there is only one candidate, nothing is read and the
/// set is empty.
async fn programs<B: Bridge>(
    client: &Client<'_, B>,
    root: &Ref,
    managers: &[Manager],
) -> Result<BTreeSet<String>, Status> {
    let mut existing = BTreeSet::new();
    if managers.len() < 2 {
        return Ok(existing);
    }
    for manager in managers {
        match client.bridge.stat_file(root, manager.program().trim_start_matches('/')).await {
            Ok(_) => drop(existing.insert(manager.program().to_owned())),
            Err(status) if status.is_missing_file() => {}
            Err(status) => return Err(status),
        }
    }
    Ok(existing)
}
