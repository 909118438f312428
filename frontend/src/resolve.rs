//! Base images: found concurrently, before lowering, and pinned by digest.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ImageMeta, ImageRequest, Platform, ResolveMode, ResolvedImage, Status};
use buildkit_llb::normalize_reference;
use futures_util::future::join_all;
use varve_spec::plan::{Action, Base, MountKind, Origin, StagePlatform};
use varve_spec::{Plan, Sources, Span};

use crate::report;

/// An image of a plan: the reference as the user wrote it, and the platform its stage runs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageKey {
    /// The reference as the user wrote it.
    pub reference: String,
    /// The platform.
    pub platform: Platform,
}

/// An image that was found.
#[derive(Debug, Clone)]
pub struct BaseImage {
    /// The full reference, with the digest where the daemon gave one.
    pub pinned: String,
    /// The configuration: JSON, as it is.
    pub config: Vec<u8>,
}

impl From<ImageMeta> for BaseImage {
    fn from(meta: ImageMeta) -> Self {
        Self { pinned: meta.pinned(), config: meta.config }
    }
}

/// The images that a plan names, each with the first place that does.
pub fn image_keys(plan: &Plan, target: &Platform, build: &Platform) -> BTreeMap<ImageKey, Span> {
    let mut keys = BTreeMap::new();
    for stage in &plan.stages {
        let platform = match stage.platform {
            StagePlatform::Target => target,
            StagePlatform::Build => build,
        };
        let mut add = |reference: &str, span: Span| {
            let key = ImageKey { reference: reference.to_owned(), platform: platform.clone() };
            keys.entry(key).or_insert(span);
        };
        if let Base::Image(reference) = &stage.base {
            add(reference, stage.base_span);
        }
        for step in &stage.steps {
            match &step.action {
                Action::Copy(copy) => {
                    if let Origin::Image(reference, span) = &copy.from {
                        add(reference, *span);
                    }
                }
                Action::Run(process) => {
                    for mount in &process.mounts {
                        if let MountKind::Bind { from: Origin::Image(reference, span), .. } = &mount.kind {
                            add(reference, *span);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    keys
}

/// Finds all images at once.
///
/// # Errors
/// The failure of the image that comes first by name, with the excerpt that names it. `stages` are names that may have been
/// meant.
pub(crate) async fn resolve(
    bridge: &impl Bridge,
    keys: BTreeMap<ImageKey, Span>,
    mode: ResolveMode,
    sources: &Sources,
    stages: &[&str],
) -> Result<BTreeMap<ImageKey, BaseImage>, Status> {
    let found = join_all(keys.into_iter().map(|(key, span)| async move {
        let reference = normalize_reference(&key.reference).into_owned();
        let request =
            ImageRequest { resolve_mode: mode, ..ImageRequest::new(reference, Some(key.platform.clone())) };
        let resolved = bridge.resolve_image(request).await.and_then(ResolvedImage::image);
        match resolved {
            Ok(meta) => Ok((key, BaseImage::from(meta))),
            Err(mut status) => {
                if let Some(near) = varve_spec::nearest(&key.reference, stages.iter().copied()) {
                    status.message = format!("{} (is the stage `{near}` meant?)", status.message);
                }
                Err(report::at(status, sources, span))
            }
        }
    }));
    found.await.into_iter().collect()
}
