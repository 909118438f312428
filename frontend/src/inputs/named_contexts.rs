//! Resolves named contexts, with which the client replaces images and stages (`--build-context`;
//! `frontend/dockerui/namedcontext.go`).

use std::collections::BTreeSet;

use buildkit_gateway::{
    Bridge, ImageRequest, ImageStore, NamedContext, Options, Platform, Reference, ResolvedImage, Status,
};
use buildkit_llb::{GitSource, GitUrl, HttpSource, ImportedDefinition, LocalSource, OciLayoutSource};
use buildkit_names::is_http;
use varve_spec::plan::StagePlatform;
use varve_spec::{Family, ImageName, Pinned, Plan, set_of};

use super::client::{Client, Folder};
use super::context::image_paths;
use crate::facts::images::{BaseImage, BaseSource, ImageKey, ResolvedBase};
use crate::util::report;

/// The named context that replaces an image or a stage, if there is one. Clients give contexts names in lower case, also for a stage in
/// another case.
pub(crate) fn find<'o>(
    options: &'o Options,
    name: &ImageName,
    platform: &Platform,
) -> Option<NamedContext<'o>> {
    let name = name.context();
    options.named_context(name, platform).or_else(|| {
        let lower = name.to_ascii_lowercase();
        if lower == name { None } else { options.named_context(&lower, platform) }
    })
}

/// Returns the stages of a family that named contexts replace, each with the platform for which it is replaced.
pub(crate) fn replaced_stages(
    options: &Options,
    family: &Family,
    target: &Platform,
    build: &Platform,
) -> BTreeSet<(String, StagePlatform)> {
    let platforms = [StagePlatform::Target, StagePlatform::Build];
    let all = family.stages().flat_map(|name| platforms.map(|platform| (name, platform)));
    let replaced = all.filter(|(name, platform)| {
        find(options, &ImageName::new(name), platform.of(target, build)).is_some()
    });
    set_of(replaced.map(|(name, platform)| (name.to_owned(), platform)))
}

/// Resolves a named context.
///
/// # Errors
/// Returns an error if the context is of an unknown kind, or the daemon's own error.
pub(crate) async fn resolve<B: Bridge>(
    client: &Client<'_, B>,
    plans: &[&Plan],
    key: &ImageKey,
    context: NamedContext<'_>,
) -> Result<ResolvedBase, Status> {
    let NamedContext { name, value, shared_key, .. } = context;
    let source_only = |operation, label: &str| {
        let label = Some(format!("[context {name}] {label}"));
        Ok(ResolvedBase::Image(BaseImage {
            source: BaseSource::Operation(Box::new(operation)),
            label,
            ..BaseImage::default()
        }))
    };
    if value == "docker-image://scratch" {
        return Ok(ResolvedBase::Image(BaseImage::default()));
    }
    if let Some(reference) = value.strip_prefix("docker-image://") {
        let reference: Reference = reference.parse()?;
        let canonical = reference.canonical();
        let mode = client.options.resolve_mode;
        let log_name = format!("[context {name}] load metadata for {canonical}");
        let request = ImageRequest::new(reference, Some(key.platform.clone()));
        let request = ImageRequest { resolve_mode: mode, log_name, ..request };
        let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image);
        let named = format!("`{canonical}`, the named context {name},");
        let meta = meta.map_err(|status| report::unresolved(status, &named, &key.platform))?;
        let label = Some(format!("[context {name}] {canonical}"));
        let image = BaseImage::image(&meta.pinned()?, &meta.config, &key.platform, mode);
        return Ok(ResolvedBase::Image(BaseImage { label, ..image }));
    }
    if let Some(local) = value.strip_prefix("local:") {
        let follow = image_paths(plans, &key.reference);
        let exclude = client.docker_ignore(local, Folder::Named(name)).await?;
        let hint = if shared_key.is_empty() {
            format!("context:{name}")
        } else {
            format!("context:{name}-{shared_key}")
        };
        let source = LocalSource { exclude, follow, shared_key: Some(hint), ..client.local(local) };
        return source_only(source.into(), "load from client");
    }
    if let Some(layout) = value.strip_prefix("oci-layout://") {
        return oci_layout(client, key, name, layout).await;
    }
    if let Some(url) = GitUrl::of_context(value) {
        return source_only(GitSource::new(url?).into(), value);
    }
    if is_http(value) {
        let source = HttpSource { filename: "context".to_owned(), ..HttpSource::new(value) };
        return source_only(source.into(), value);
    }
    if let Some(input) = value.strip_prefix("input:") {
        let mut inputs = client.bridge.inputs().await?;
        let Some(definition) = inputs.remove(input) else {
            return Err(Status::user(format!(
                "the named context {name} is the input {input}, which the client did not send"
            )));
        };
        let definition = decode_definition(&definition)?;
        let metadata = client.options.input_metadata.get(input);
        let config = metadata.and_then(|metadata| metadata.get("containerimage.config")).cloned();
        return Ok(ResolvedBase::Definition { definition, config, parent_config: None });
    }
    let scheme = value.split(':').next().unwrap_or(value);
    Err(Status::user(format!(
        "the named context {name} has the type `{scheme}`, which this version of varve does not support"
    )))
}

/// Decodes a definition that the client sent.
///
/// # Errors
/// Returns an error if the bytes are not a definition.
pub(crate) fn decode_definition(bytes: &[u8]) -> Result<ImportedDefinition, Status> {
    ImportedDefinition::decode(bytes).map_err(|error| {
        Status::user(format!("varve cannot decode a definition that the client sent: {error}"))
    })
}

async fn oci_layout<B: Bridge>(
    client: &Client<'_, B>,
    key: &ImageKey,
    name: &str,
    layout: &str,
) -> Result<ResolvedBase, Status> {
    // A tag only selected the image on the client.
    let layout: Reference = layout.parse()?;
    let (store, Some(digest)) = (layout.name_as_written(), layout.digest()) else {
        return Err(Status::user(format!("the named context {name} is an OCI layout without a digest")));
    };
    let reference = key.reference.reference()?.without_digest().with_digest(digest)?;
    let session = client.options.session_of(name, &client.session.id).to_owned();
    let request = ImageRequest {
        log_name: format!("[context {name}] load metadata for {reference}"),
        store: ImageStore::OciLayout { session_id: session.clone(), store_id: store.to_owned() },
        ..ImageRequest::new(reference.clone(), Some(key.platform.clone()))
    };
    let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image);
    let named = format!("the OCI layout of the named context {name}");
    let meta = meta.map_err(|status| report::unresolved(status, &named, &key.platform))?;
    let source = OciLayoutSource {
        session: Some(session),
        store: Some(store.to_owned()),
        ..OciLayoutSource::new(reference.canonical(), key.platform.clone())
    };
    let label = Some(format!("[context {name}] OCI load from client"));
    let pinned = Pinned::of(&reference);
    let source = BaseSource::Operation(Box::new(source.into()));
    Ok(ResolvedBase::Image(BaseImage {
        source,
        config: Some(meta.config),
        label,
        pinned,
        ..BaseImage::default()
    }))
}
