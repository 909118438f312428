//! Named contexts: replacements for images and stages that the client gives with `--build-context`
//! (`frontend/dockerui/namedcontext.go`).

use std::collections::BTreeSet;

use buildkit_gateway::{
    Bridge, ImageRequest, ImageStore, NamedContext, Options, Platform, ResolvedImage, Status,
};
use buildkit_llb::{HttpSource, ImportedDefinition, LocalSource, OciLayoutSource, normalize_reference};
use varve_spec::plan::StagePlatform;
use varve_spec::{Family, Plan};

use super::client::{Client, Folder};
use super::context::image_paths;
use crate::facts::images::{BaseImage, BaseSource, ImageKey, ResolvedBase, pinned_at};
use crate::util::git_url;
use crate::util::platform::llb_platform;

/// The named context that replaces an image or a stage, if there is one.
pub(crate) fn find<'o>(options: &'o Options, name: &str, platform: &Platform) -> Option<NamedContext<'o>> {
    options.named_context(&familiar(name), platform)
}

/// The stages of a family that named contexts replace, each with the platform for which it is replaced.
pub(crate) fn replaced_stages(
    options: &Options,
    family: &Family,
    target: &Platform,
    build: &Platform,
) -> BTreeSet<(String, StagePlatform)> {
    let platforms = [StagePlatform::Target, StagePlatform::Build];
    let all = family.stages().flat_map(|name| platforms.map(|platform| (name, platform)));
    let replaced = all.filter(|(name, platform)| find(options, name, platform.of(target, build)).is_some());
    replaced.map(|(name, platform)| (name.to_owned(), platform)).collect()
}

/// Resolves a named context.
///
/// # Errors
/// An unknown kind of context, or the daemon's own error.
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
        let reference = normalize_reference(reference).into_owned();
        let mode = client.options.resolve_mode;
        let log_name = format!("[context {name}] load metadata for {reference}");
        let request = ImageRequest::new(&reference, Some(key.platform.clone()));
        let request = ImageRequest { resolve_mode: mode, log_name, ..request };
        let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image)?;
        let label = Some(format!("[context {name}] {reference}"));
        let image = BaseImage::image(&meta.pinned(), &meta.config, &key.platform, mode);
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
    if let Some(source) = git_url::parse(value) {
        return source_only(source?.into(), value);
    }
    if value.starts_with("http://") || value.starts_with("https://") {
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

/// Decodes a definition that the client sends.
///
/// # Errors
/// The bytes are not a definition.
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
    let Some((store, digest)) = store_and_digest(layout) else {
        return Err(Status::user(format!("the named context {name} is an OCI layout without a digest")));
    };
    let reference =
        format!("{}@{digest}", normalize_reference(key.reference.split('@').next().unwrap_or(name)));
    let session = client.options.session_of(name, &client.session.id).to_owned();
    let request = ImageRequest {
        log_name: format!("[context {name}] load metadata for {reference}"),
        store: ImageStore::OciLayout { session_id: session.clone(), store_id: store.to_owned() },
        ..ImageRequest::new(&reference, Some(key.platform.clone()))
    };
    let meta = client.bridge.resolve_image(request).await.and_then(ResolvedImage::image)?;
    let source = OciLayoutSource {
        session: Some(session),
        store: Some(store.to_owned()),
        ..OciLayoutSource::new(&reference, llb_platform(&key.platform))
    };
    let label = Some(format!("[context {name}] OCI load from client"));
    let pinned = pinned_at(&reference);
    let source = BaseSource::Operation(Box::new(source.into()));
    Ok(ResolvedBase::Image(BaseImage {
        source,
        config: Some(meta.config),
        label,
        pinned,
        ..BaseImage::default()
    }))
}

/// The client's store and the digest. A tag between them is dropped: it only selected the image on the client.
fn store_and_digest(layout: &str) -> Option<(&str, &str)> {
    let (store, digest) = layout.split_once('@')?;
    let tagged = store.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    Some((tagged.map_or(store, |(store, _)| store), digest))
}

/// The familiar form of an image name, as clients write it: without the default registry and the default tag.
pub fn familiar(name: &str) -> String {
    let full = normalize_reference(name);
    let short =
        full.strip_prefix("docker.io/library/").or_else(|| full.strip_prefix("docker.io/")).unwrap_or(&full);
    short.strip_suffix(":latest").unwrap_or(short).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_of_layouts() {
        assert_eq!(store_and_digest("abc:latest@sha256:1"), Some(("abc", "sha256:1")));
        assert_eq!(store_and_digest("abc@sha256:1"), Some(("abc", "sha256:1")));
        assert_eq!(store_and_digest("host:1/abc@sha256:1"), Some(("host:1/abc", "sha256:1")));
        assert_eq!(store_and_digest("abc:latest"), None);
    }

    #[test]
    fn familiar_names() {
        let check = |name: &str, expect: &str| assert_eq!(familiar(name), expect);
        check("debian", "debian");
        check("debian:12", "debian:12");
        check("docker.io/library/debian:latest", "debian");
        check("acme/app:1", "acme/app:1");
        check("ghcr.io/acme/app:latest", "ghcr.io/acme/app");
        check("wheels", "wheels");
    }
}
