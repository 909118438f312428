//! Resolves the images that plans name, all at the same time, and pins each to its digest.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ImageRequest, Options, Platform, ResolvedImage, Status};
use buildkit_llb::normalize_reference;
use futures_util::future::join_all;
use varve_spec::plan::{Base, StagePlatform};
use varve_spec::{Plan, Sources, Span};

use super::client::Client;
use super::named_contexts;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase};
use crate::util::report;

/// An image that is to be resolved.
pub(crate) struct WantedImage {
    /// The first place that names it.
    pub(crate) span: Span,
    /// The digest that the lock file pins it to.
    pub(crate) digest: Option<String>,
}

/// The platform of the base image, if the image exists for that one platform only and it is not `target`.
///
/// For example, on an amd64 machine a build from an image that exists for arm64 only is a build for arm64. The base image is the
/// one that the result of the plan goes back to. If a named context replaces it, the result is `None`: a named context has the
/// platform that the build asks for.
pub(crate) fn base_only_platform(
    options: &Options,
    plan: &Plan,
    target: &Platform,
    images: &BTreeMap<ImageKey, ResolvedBase>,
) -> Option<Platform> {
    let mut stage = plan.stages.last()?;
    let reference = loop {
        match (&stage.base, stage.platform) {
            (Base::Stage(index), StagePlatform::Target) => stage = plan.stages.get(*index)?,
            (Base::Image(reference), StagePlatform::Target) => break reference,
            _ => return None,
        }
    };
    if named_contexts::find(options, reference, target).is_some() {
        return None;
    }
    let key = ImageKey { reference: reference.clone(), platform: target.clone() };
    let Some(ResolvedBase::Image(BaseImage { config: Some(config), .. })) = images.get(&key) else {
        return None;
    };
    let platform: Platform = serde_json::from_slice(config).ok()?;
    let is_known = !platform.os().is_empty() && !platform.architecture().is_empty();
    let is_target = (platform.os(), platform.architecture()) == (target.os(), target.architecture());
    (is_known && !is_target).then_some(platform)
}

/// Resolves all images at the same time. A named context of the client takes precedence over a registry.
///
/// `stages` are the names of the family's stages. If an image is not found and its name is close to one of them, the error
/// suggests that stage.
///
/// # Errors
/// The failure of the first image by name, with the excerpt that names it.
pub(crate) async fn resolve<B: Bridge>(
    client: &Client<'_, B>,
    plans: &[&Plan],
    images: BTreeMap<ImageKey, WantedImage>,
    sources: &Sources,
    stages: &[&str],
) -> Result<BTreeMap<ImageKey, ResolvedBase>, Status> {
    let resolved = join_all(images.into_iter().map(|(key, WantedImage { span, digest })| async move {
        let resolved = match named_contexts::find(client.options, &key.reference, &key.platform) {
            Some(context) => named_contexts::resolve(client, plans, &key, context).await,
            None => from_registry(client, &key, digest.as_deref()).await.map_err(|mut status| {
                if let Some(near) = varve_spec::nearest(&key.reference, stages.iter().copied()) {
                    status.message = format!("{} (did you mean the stage `{near}`?)", status.message);
                }
                status
            }),
        };
        resolved.map(|base| (key, base)).map_err(|status| report::at(status, sources, span))
    }));
    resolved.await.into_iter().collect()
}

/// Resolves an image by its registry: the image of that digest if there is one, else the image that the tag points at.
pub(crate) async fn from_registry<B: Bridge>(
    client: &Client<'_, B>,
    key: &ImageKey,
    digest: Option<&str>,
) -> Result<ResolvedBase, Status> {
    let mut reference = normalize_reference(&key.reference).into_owned();
    if let Some(digest) = digest {
        reference = format!("{reference}@{digest}");
    }
    let mode = client.options.resolve_mode;
    let request =
        ImageRequest { resolve_mode: mode, ..ImageRequest::new(reference, Some(key.platform.clone())) };
    let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image)?;
    Ok(ResolvedBase::Image(BaseImage::image(&meta.pinned(), &meta.config, &key.platform, mode)))
}
