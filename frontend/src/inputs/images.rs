//! Resolves the images that plans name, all at the same time, and pins each to its digest.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ImageRequest, Options, Platform, ResolvedImage, Status};
use futures_util::future::join_all;
use varve_spec::plan::{Base, StagePlatform};
use varve_spec::{Plan, Sources, Span, map_of};

use super::client::Client;
use super::named_contexts;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase};
use crate::util::report;

/// An image that must be resolved.
pub(crate) struct WantedImage {
    /// The first place that names it.
    pub(crate) span: Span,
    /// The digest that the lock pins it to.
    pub(crate) digest: Option<String>,
}

/// Returns the platform of the base image if the image exists for only one platform and that is not `target`.
///
/// For example, on an amd64 machine, a build from an image that exists only for arm64 is a build for arm64. The base image is the
/// one that the result of the plan goes back to. If a named context replaces it, the result is `None`, because a named context has
/// the platform that the build requests.
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
/// `stages` are the names of the family's stages. If an image is not found and its name is similar to one of them, the error
/// suggests that stage.
///
/// # Errors
/// Returns the failure of the first image by name, with the excerpt that names it.
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
                if let Some(near) = varve_spec::nearest(key.reference.as_str(), stages.iter().copied()) {
                    status.message = format!("{} (did you mean the stage `{near}`?)", status.message);
                }
                status
            }),
        };
        resolved.map(|base| (key, base)).map_err(|status| report::at(status, sources, span))
    }));
    let resolved: Result<Vec<_>, Status> = resolved.await.into_iter().collect();
    Ok(map_of(resolved?))
}

/// Resolves an image in its registry: by its digest if there is one, otherwise by its tag.
pub(crate) async fn from_registry<B: Bridge>(
    client: &Client<'_, B>,
    key: &ImageKey,
    digest: Option<&str>,
) -> Result<ResolvedBase, Status> {
    let mut reference = key.reference.reference()?.clone();
    if let Some(digest) = digest {
        reference = reference.with_digest(digest)?;
    }
    let mode = client.options.resolve_mode;
    let request =
        ImageRequest { resolve_mode: mode, ..ImageRequest::new(reference, Some(key.platform.clone())) };
    let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image);
    let meta =
        meta.map_err(|status| report::unresolved(status, &format!("`{}`", key.reference), &key.platform))?;
    Ok(ResolvedBase::Image(BaseImage::image(&meta.pinned()?, &meta.config, &key.platform, mode)))
}
