//! The systems of base images: told by their names, else read from their /etc/os-release, where a step has to know.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Platform, Ref, Solve, Status};
use buildkit_llb::{Graph, Metadata};
use futures_util::future::join_all;
use varve_spec::plan::{Action, Base, Stage, Step};
use varve_spec::{Distribution, Manager, Plan, Sources, Span};

use super::client::Client;
use super::named_contexts;
use crate::facts::images::{BaseImage, BaseSource, ImageKey};
use crate::util::platform::spec_platform;
use crate::util::report;

/// Where a system says what it is.
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// The images of plans: what is known of their systems, and those that have to be looked into.
pub(crate) struct Systems {
    known: BTreeMap<ImageKey, Distribution>,
    looks: Vec<(ImageKey, Span, Vec<u8>)>,
}

impl Systems {
    /// What names tell. An image is looked into only when a plan has to know its system and its name does not tell it, for
    /// that means to pull it even where all that is built on it is cached.
    pub(crate) fn of_names(
        options: &Options,
        plans: &[Plan],
        platforms: &[Platform],
        build: &Platform,
        images: &BTreeMap<ImageKey, BaseImage>,
        graph: &Graph,
    ) -> Self {
        // Something else may stand in the place of an image.
        let own = images
            .keys()
            .filter(|key| named_contexts::find(options, &key.reference, &key.platform).is_none());
        let of_name = |key: &ImageKey| {
            Some((key.clone(), Distribution::of_image(&key.reference, &spec_platform(&key.platform))?))
        };
        let known: BTreeMap<ImageKey, Distribution> = own.filter_map(of_name).collect();
        let mut unknown = BTreeMap::new();
        for (plan, target) in plans.iter().zip(platforms) {
            for (key, span) in needed(plan, target, build).filter(|(key, _)| !known.contains_key(key)) {
                unknown.entry(key).or_insert(span);
            }
        }
        let looks = unknown.into_iter().filter_map(|(key, span)| {
            let definition = definition(images.get(&key)?, &key.reference, graph)?;
            Some((key, span, definition))
        });
        let looks = looks.collect();
        Self { known, looks }
    }

    /// Looks into the others, all at once.
    ///
    /// # Errors
    /// The daemon's own, with the place that names the image.
    pub(crate) async fn look<B: Bridge>(
        self,
        client: &Client<'_, B>,
        sources: &Sources,
    ) -> Result<BTreeMap<ImageKey, Distribution>, Status> {
        let mut systems = self.known;
        let found = join_all(self.looks.into_iter().map(|(key, span, definition)| async move {
            let found = look_into(client, &key, definition).await;
            found
                .map(|system| system.map(|system| (key, system)))
                .map_err(|status| report::at(status, sources, span))
        }));
        for result in found.await {
            systems.extend(result?);
        }
        Ok(systems)
    }
}

/// What gives the file system of an image, encoded; nothing for the empty one.
fn definition(image: &BaseImage, reference: &str, graph: &Graph) -> Option<Vec<u8>> {
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

/// The base images whose systems a plan has to know, each with the place that names it.
fn needed<'p>(
    plan: &'p Plan,
    target: &'p Platform,
    build: &'p Platform,
) -> impl Iterator<Item = (ImageKey, Span)> + 'p {
    let asks = |step: &&Step| matches!(step.action, Action::Packages(_) | Action::Repository(_));
    let stages = plan.stages.iter().filter(move |stage| stage.all_steps().iter().any(asks));
    stages.filter_map(move |stage| base_of(plan, stage, target, build))
}

/// The image that a stage goes back to, unless the file names the package manager on the way.
fn base_of(plan: &Plan, stage: &Stage, target: &Platform, build: &Platform) -> Option<(ImageKey, Span)> {
    let mut stage = stage;
    while stage.package_manager.is_none() {
        match &stage.base {
            Base::Image(reference) => {
                let platform = stage.platform.of(target, build).clone();
                return Some((ImageKey { reference: reference.clone(), platform }, stage.base_span));
            }
            Base::Stage(index) => stage = plan.stages.get(*index)?,
            // What a Dockerfile gives is not looked into: the file names the package manager.
            Base::Scratch | Base::Dockerfile(_) => return None,
        }
    }
    None
}

async fn look_into<B: Bridge>(
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
            let platform = spec_platform(&key.platform);
            return Ok(Distribution::of_os_release(&text, &platform, |program| programs.contains(program)));
        }
    }
    Ok(None)
}

/// The programs of those managers that an image has. One manager needs no look.
async fn programs<B: Bridge>(
    client: &Client<'_, B>,
    root: &Ref,
    managers: &[Manager],
) -> Result<BTreeSet<String>, Status> {
    let mut found = BTreeSet::new();
    if managers.len() < 2 {
        return Ok(found);
    }
    for manager in managers {
        match client.bridge.stat_file(root, manager.program().trim_start_matches('/')).await {
            Ok(_) => drop(found.insert(manager.program().to_owned())),
            Err(status) if status.is_missing_file() => {}
            Err(status) => return Err(status),
        }
    }
    Ok(found)
}
