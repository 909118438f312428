//! Images that plans name: the key of each, and what was found behind it.

use std::collections::BTreeMap;

use buildkit_gateway::{Platform, ResolveMode, Status};
use buildkit_llb::{Graph, ImageSource, ImportError, ImportedDefinition, Operation, Output, SourceInfo};
use varve_spec::plan::Base;
use varve_spec::{Pinned, Plan, Span};

use crate::util::platform::llb_platform;

/// An image of a plan: the reference as the user wrote it, and the platform its stage runs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageKey {
    /// The reference as the user wrote it.
    pub reference: String,
    /// The platform.
    pub platform: Platform,
}

/// What stands behind the name of an image: the image itself, or what the client put in its place.
#[derive(Debug, Clone, Default)]
pub struct BaseImage {
    /// What gives its file system.
    pub source: BaseSource,
    /// Its configuration: JSON, as it is; nothing for what is no image.
    pub config: Option<Vec<u8>>,
    /// What the progress calls it, when not by its name.
    pub label: Option<String>,
    /// The configuration of the image that a stage of a Dockerfile starts from.
    pub below: Option<Vec<u8>>,
    /// Which image it is, for one of a registry or of a layout.
    pub pinned: Option<Pinned>,
}

/// What gives a file system.
#[derive(Debug, Clone, Default)]
pub enum BaseSource {
    /// Nothing: the empty file system.
    #[default]
    Scratch,
    /// An operation that is still to be added to the graph.
    Operation(Box<Operation>),
    /// Something that is in the graph already.
    Output(Output),
}

impl BaseImage {
    /// An image by its full reference, digest included where there is one.
    pub fn image(pinned: &str, config: &[u8], platform: &Platform, mode: ResolveMode) -> Self {
        let mut source = ImageSource::new(pinned, llb_platform(platform));
        source.resolve_mode = match mode {
            ResolveMode::Default => buildkit_llb::ResolveMode::Default,
            ResolveMode::Pull => buildkit_llb::ResolveMode::ForcePull,
            ResolveMode::Local => buildkit_llb::ResolveMode::PreferLocal,
        };
        Self {
            source: BaseSource::Operation(Box::new(source.into())),
            config: Some(config.to_vec()),
            pinned: pinned_at(pinned),
            ..Self::default()
        }
    }
}

/// The name and the digest of `NAME@DIGEST`; nothing without a digest.
pub(crate) fn pinned_at(reference: &str) -> Option<Pinned> {
    let (name, digest) = reference.split_once('@')?;
    Some(Pinned { name: name.to_owned(), digest: digest.to_owned() })
}

/// What stands behind the name of an image, as it was found: perhaps a graph that somebody else made.
pub(crate) enum Resolved {
    Image(BaseImage),
    Definition { definition: ImportedDefinition, config: Option<Vec<u8>>, below: Option<Vec<u8>> },
}

impl Resolved {
    /// Takes a graph that somebody else made into ours.
    pub(crate) fn settle(
        self,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<BaseImage, ImportError> {
        match self {
            Self::Image(image) => Ok(image),
            Self::Definition { definition, config, below } => {
                let output = graph.import(&definition, infos)?;
                Ok(BaseImage {
                    source: output.map_or(BaseSource::Scratch, BaseSource::Output),
                    config,
                    below,
                    ..BaseImage::default()
                })
            }
        }
    }
}

/// Takes graphs that somebody else made into ours.
///
/// # Errors
/// One that is not to be understood.
pub(crate) fn settle(
    resolved: BTreeMap<ImageKey, Resolved>,
    graph: &mut Graph,
    infos: &mut Vec<SourceInfo>,
) -> Result<BTreeMap<ImageKey, BaseImage>, Status> {
    let settled = resolved.into_iter().map(|(key, resolved)| match resolved.settle(graph, infos) {
        Ok(image) => Ok((key, image)),
        Err(error) => Err(Status::user(format!("what stands in for {}: {error}", key.reference))),
    });
    settled.collect()
}

/// The images that a plan names, each with the first place that does.
pub fn image_keys(plan: &Plan, target: &Platform, build: &Platform) -> BTreeMap<ImageKey, Span> {
    let mut keys = BTreeMap::new();
    for (reference, platform, span) in plan.images() {
        let key = ImageKey { reference: reference.to_owned(), platform: platform.of(target, build).clone() };
        keys.entry(key).or_insert(span);
    }
    keys
}

/// The images that the stages of a plan are built upon, by the names of the stages.
pub(crate) fn bases(
    plan: &Plan,
    (target, build): (&Platform, &Platform),
    images: &BTreeMap<ImageKey, BaseImage>,
) -> BTreeMap<String, Pinned> {
    let mut bases: Vec<Option<Pinned>> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let platform = stage.platform.of(target, build);
        bases.push(match &stage.base {
            Base::Image(reference) => {
                let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
                images.get(&key).and_then(|image| image.pinned.clone())
            }
            Base::Stage(index) => bases[*index].clone(),
            Base::Scratch | Base::Dockerfile(_) => None,
        });
    }
    let stages = plan.stages.iter().map(|stage| stage.name.clone());
    stages.zip(bases).filter_map(|(stage, base)| Some((stage, base?))).collect()
}
