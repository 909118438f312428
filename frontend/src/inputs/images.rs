//! Base images: found concurrently, before lowering, and pinned by digest.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ImageRequest, Options, Platform, ResolvedImage, Status};
use buildkit_llb::normalize_reference;
use futures_util::future::join_all;
use varve_spec::plan::{Base, StagePlatform};
use varve_spec::{Plan, Sources, Span};

use super::client::Client;
use super::named_contexts;
use crate::facts::images::{BaseImage, ImageKey, Resolved};
use crate::util::report;

/// An image that is to be found.
pub(crate) struct Wanted {
    /// Where it is named.
    pub(crate) span: Span,
    /// What the lock says it is.
    pub(crate) digest: Option<String>,
}

/// The platform of the image that the result of a plan goes back to, when it is of another one than the plan is for: such an image
/// exists for that one alone. What the client put in its place is of the platform that it is taken for.
pub(crate) fn own_platform(
    options: &Options,
    plans: &[Plan],
    target: &Platform,
    images: &BTreeMap<ImageKey, Resolved>,
) -> Option<Platform> {
    let [plan] = plans else { return None };
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
    let Some(Resolved::Image(BaseImage { config: Some(config), .. })) = images.get(&key) else { return None };
    let own: Platform = serde_json::from_slice(config).ok()?;
    let says = !own.os().is_empty() && !own.architecture().is_empty();
    let same = (own.os(), own.architecture()) == (target.os(), target.architecture());
    (says && !same).then_some(own)
}

/// Finds all images at once, named contexts of the client before registries.
///
/// # Errors
/// The failure of the image that comes first by name, with the excerpt that names it. `stages` are names that may have been
/// meant.
pub(crate) async fn resolve<B: Bridge>(
    client: &Client<'_, B>,
    plans: &[Plan],
    keys: BTreeMap<ImageKey, Wanted>,
    sources: &Sources,
    stages: &[&str],
) -> Result<BTreeMap<ImageKey, Resolved>, Status> {
    let found = join_all(keys.into_iter().map(|(key, Wanted { span, digest })| async move {
        let found = match named_contexts::find(client.options, &key.reference, &key.platform) {
            Some(context) => named_contexts::resolve(client, plans, &key, context).await,
            None => registry(client, &key, digest.as_deref()).await.map_err(|mut status| {
                if let Some(near) = varve_spec::nearest(&key.reference, stages.iter().copied()) {
                    status.message = format!("{} (is the stage `{near}` meant?)", status.message);
                }
                status
            }),
        };
        found.map(|image| (key, image)).map_err(|status| report::at(status, sources, span))
    }));
    found.await.into_iter().collect()
}

/// Finds an image in its registry: what its tag stands for, or the one of that digest.
pub(crate) async fn registry<B: Bridge>(
    client: &Client<'_, B>,
    key: &ImageKey,
    digest: Option<&str>,
) -> Result<Resolved, Status> {
    let mut reference = normalize_reference(&key.reference).into_owned();
    if let Some(digest) = digest {
        reference = format!("{reference}@{digest}");
    }
    let mode = client.options.resolve_mode;
    let request =
        ImageRequest { resolve_mode: mode, ..ImageRequest::new(reference, Some(key.platform.clone())) };
    let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image)?;
    Ok(Resolved::Image(BaseImage::image(&meta.pinned(), &meta.config, &key.platform, mode)))
}
