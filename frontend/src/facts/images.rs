//! The images that plans name: the key of each image, and the result of resolving it.

use std::collections::BTreeMap;

use crate::image_config::config::Config;
use buildkit_gateway::{Platform, Reference, ResolveMode, Status};
use buildkit_llb::{Graph, ImageSource, ImportError, ImportedDefinition, Operation, Output, SourceInfo};
use varve_spec::plan::Base;
use varve_spec::{ImageName, Pinned, Plan, Span, StageBase, map_of};

/// An image that a plan names, for the platform of the stage that uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageKey {
    /// Its name as the build file has it: `debian:12`.
    pub reference: ImageName,
    /// The platform.
    pub platform: Platform,
}

/// The result of resolving an image name: the image itself, or what the client substituted for it.
#[derive(Debug, Clone, Default)]
pub struct BaseImage {
    /// The source of its file system.
    pub source: BaseSource,
    /// Its image configuration, as the registry sent it (JSON). `None` if it is not an image.
    pub config: Option<Vec<u8>>,
    /// The name that the progress shows. `None` if it is the name of the image.
    pub label: Option<String>,
    /// For a stage of a Dockerfile: the configuration of the image that this stage starts from.
    pub parent_config: Option<Vec<u8>>,
    /// The name and digest of the image, if it comes from a registry or an OCI layout.
    pub pinned: Option<Pinned>,
}

/// The source of a file system.
#[derive(Debug, Clone, Default)]
pub enum BaseSource {
    /// The empty file system.
    #[default]
    Scratch,
    /// An operation that is not in the graph yet.
    Operation(Box<Operation>),
    /// An output that is in the graph already.
    Output(Output),
}

impl BaseImage {
    /// An image of a registry. `reference` has the digest if the digest is known.
    pub fn image(reference: &Reference, config: &[u8], platform: &Platform, mode: ResolveMode) -> Self {
        let mut source = ImageSource::new(reference.clone(), platform.clone());
        source.resolve_mode = match mode {
            ResolveMode::Default => buildkit_llb::ResolveMode::Default,
            ResolveMode::Pull => buildkit_llb::ResolveMode::ForcePull,
            ResolveMode::Local => buildkit_llb::ResolveMode::PreferLocal,
        };
        Self {
            source: BaseSource::Operation(Box::new(source.into())),
            config: Some(config.to_vec()),
            pinned: Pinned::of(reference),
            ..Self::default()
        }
    }

    /// The image and its environment for expressions. `None` if a builder was asked and the image has no digest.
    fn stage_base(&self, platform: &Platform, are_read: bool) -> Option<StageBase> {
        if !are_read {
            return Some(StageBase { image: self.pinned.clone(), env: None });
        }
        let config = self.config.as_deref().and_then(|config| Config::of_base(config, platform).ok());
        let env = config.iter().flat_map(|config| config.env.iter());
        let env = map_of(env.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Some(StageBase { image: Some(self.pinned.clone()?), env: Some(env) })
    }
}

/// A base as it was resolved: an image, or a definition that is not imported into the graph of the build yet.
pub(crate) enum ResolvedBase {
    /// An image, or another base that is a single operation.
    Image(BaseImage),
    /// A definition that the client or the Dockerfile frontend created.
    Definition {
        /// The definition.
        definition: ImportedDefinition,
        /// See [`BaseImage::config`].
        config: Option<Vec<u8>>,
        /// See [`BaseImage::parent_config`].
        parent_config: Option<Vec<u8>>,
    },
}

impl ResolvedBase {
    /// Returns the image. A definition is imported into the graph of the build.
    pub(crate) fn import_into(
        self,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<BaseImage, ImportError> {
        match self {
            Self::Image(image) => Ok(image),
            Self::Definition { definition, config, parent_config } => {
                let output = graph.import(&definition, infos)?;
                Ok(BaseImage {
                    source: output.map_or(BaseSource::Scratch, BaseSource::Output),
                    config,
                    parent_config,
                    ..BaseImage::default()
                })
            }
        }
    }
}

/// Imports the definitions of resolved images into the graph of the build.
///
/// # Errors
/// Returns an error if a definition cannot be imported.
pub(crate) fn import_into(
    resolved: BTreeMap<ImageKey, ResolvedBase>,
    graph: &mut Graph,
    infos: &mut Vec<SourceInfo>,
) -> Result<BTreeMap<ImageKey, BaseImage>, Status> {
    let mut images = BTreeMap::new();
    for (key, base) in resolved {
        let image = base.import_into(graph, infos).map_err(|error| {
            Status::user(format!("the definition that replaces {} is invalid: {error}", key.reference))
        })?;
        images.insert(key, image);
    }
    Ok(images)
}

/// Returns the images that a plan names, each with the first place that names it.
pub fn image_keys(plan: &Plan, target: &Platform, build: &Platform) -> BTreeMap<ImageKey, Span> {
    let mut keys = BTreeMap::new();
    for (reference, platform, span) in plan.images() {
        let key = ImageKey { reference: reference.clone(), platform: platform.of(target, build).clone() };
        keys.entry(key).or_insert(span);
    }
    keys
}

/// Returns the image that each stage of a plan goes back to, by the name of the stage. A stage that starts from another stage has
/// the image of that one. Stages without a pinned image are left out. `are_read` says whether a builder has read the images: if not,
/// their environments are not known.
pub(crate) fn stage_bases(
    plan: &Plan,
    (target, build): (&Platform, &Platform),
    images: &BTreeMap<ImageKey, BaseImage>,
    are_read: bool,
) -> BTreeMap<String, StageBase> {
    let mut bases: Vec<Option<StageBase>> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let platform = stage.platform.of(target, build);
        bases.push(match &stage.base {
            Base::Image(reference) => {
                let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
                images.get(&key).and_then(|image| image.stage_base(platform, are_read))
            }
            Base::Stage(index) => bases[*index].clone(),
            Base::Scratch | Base::Dockerfile(_) => None,
        });
    }
    let stages = plan.stages.iter().map(|stage| stage.name.clone());
    map_of(stages.zip(bases).filter_map(|(stage, base)| Some((stage, base?))))
}
