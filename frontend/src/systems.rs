//! The systems of base images: told by their names, else read from their /etc/os-release, where a step has to know.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Platform, Ref, Solve, Status};
use buildkit_llb::{Graph, Metadata};
use futures_util::future::join_all;
use varve_spec::plan::{Action, Base, Stage};
use varve_spec::{Manager, Plan, System};

use crate::client::Client;
use crate::named;
use crate::platform::spec_platform;
use crate::resolve::{BaseImage, BaseSource, ImageKey};

/// Where a system says what it is.
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// The images of plans: what is known of their systems, and those that have to be looked into.
pub(crate) struct Systems {
    known: BTreeMap<ImageKey, System>,
    looks: Vec<(ImageKey, Vec<u8>)>,
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
        let own = images.keys().filter(|key| named::find(options, &key.reference, &key.platform).is_none());
        let of_name = |key: &ImageKey| {
            Some((key.clone(), System::of_image(&key.reference, &spec_platform(&key.platform))?))
        };
        let known: BTreeMap<ImageKey, System> = own.filter_map(of_name).collect();
        let needed: BTreeSet<ImageKey> =
            plans.iter().zip(platforms).flat_map(|(plan, target)| needed(plan, target, build)).collect();
        let unknown = needed.into_iter().filter(|key| !known.contains_key(key));
        let looks = unknown.filter_map(|key| {
            let definition = definition(images.get(&key)?, &key.reference, graph)?;
            Some((key, definition))
        });
        let looks = looks.collect();
        Self { known, looks }
    }

    /// Looks into the others, all at once.
    pub(crate) async fn look<B: Bridge>(
        self,
        client: &Client<'_, B>,
    ) -> Result<BTreeMap<ImageKey, System>, Status> {
        let mut systems = self.known;
        let found = join_all(self.looks.into_iter().map(|(key, definition)| async move {
            Ok::<_, Status>(look_into(client, &key, definition).await?.map(|system| (key, system)))
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
            let mut alone = graph.empty_alike();
            let vertex = alone.add_ref(operation);
            let name = image.label.clone().unwrap_or_else(|| format!("[internal] from {reference}"));
            alone.describe(vertex, Metadata::named(name));
            Some(alone.encode(alone.root(vertex), &[]))
        }
    }
}

/// The base images whose systems a plan has to know.
fn needed(plan: &Plan, target: &Platform, build: &Platform) -> BTreeSet<ImageKey> {
    let mut keys = BTreeSet::new();
    for stage in &plan.stages {
        let asks = |action: &Action| matches!(action, Action::Packages(_) | Action::Repository(_));
        if stage.all_steps().iter().any(|step| asks(&step.action)) {
            keys.extend(base_of(plan, stage, target, build));
        }
    }
    keys
}

/// The image that a stage goes back to, unless the file names the package manager on the way.
fn base_of(plan: &Plan, stage: &Stage, target: &Platform, build: &Platform) -> Option<ImageKey> {
    let mut stage = stage;
    while stage.package_manager.is_none() {
        match &stage.base {
            Base::Image(reference) => {
                let platform = stage.platform.of(target, build).clone();
                return Some(ImageKey { reference: reference.clone(), platform });
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
) -> Result<Option<System>, Status> {
    let solve = Solve::encoded(definition).with_cache_imports(&client.options.cache_imports);
    let Some(root) = client.bridge.solve(solve).await?.single()? else { return Ok(None) };
    for path in OS_RELEASE {
        if let Some(bytes) = client.bridge.read_file_if_exists(&root, path).await? {
            let text = String::from_utf8_lossy(&bytes);
            let programs = programs(client, &root, &System::candidates(&text)).await?;
            let platform = spec_platform(&key.platform);
            return Ok(System::of_os_release(&text, &platform, |program| programs.contains(program)));
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
