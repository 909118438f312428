//! Resolves the names of a family for a lock: images, branches and downloads, each to what it stands for now.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ByteRange, Platform, Solve, Status};
use buildkit_llb::{GitSource, GitUrl, HttpSource};
use futures_util::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use varve_spec::plan::Dockerfile;
use varve_spec::{External, Externals, Span};

use super::daemon_facts::DaemonFacts;
use super::lock_images;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{ImageKey, ResolvedBase};
use crate::inputs::dockerfiles;
use crate::inputs::{named_contexts, vcs};
use crate::util::report;

/// The number of names that are resolved at the same time.
const AT_ONCE: usize = 16;
/// The number of bytes of a download that are read at once. It is far below the size limit of a message.
const PART: u64 = 1 << 20;
/// The file name of a download that is only hashed.
const DOWNLOAD: &str = "download";

/// What the names of a family stand for now.
#[derive(Default)]
pub(super) struct Resolved {
    /// The digest or commit of each name.
    pub(super) digests: BTreeMap<External, String>,
    /// The images that each stage of a Dockerfile starts from.
    pub(super) of_dockerfiles: BTreeMap<(Dockerfile, Platform), Vec<External>>,
    /// The names that are not resolved, each with a reason.
    pub(super) left_out: Vec<String>,
}

/// Resolves the names that are wanted. A name that a named context of the client replaces is left out, and so is one that depends on an
/// argument without a value.
///
/// # Errors
/// Returns all failures in one error, with the places of the names.
pub(super) async fn resolve<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    externals: Externals,
    is_wanted: impl Fn(&External) -> bool,
) -> Result<Resolved, Status> {
    let Externals { known, dockerfiles, unknown } = externals;
    let mut all = Resolved::default();
    let mut wanted = Vec::new();
    for (external, span) in known.into_iter().filter(|(external, _)| is_wanted(external)) {
        match is_replaced(daemon, &external) {
            true => all.left_out.push(format!("{external}: a named context replaces it")),
            false => wanted.push((external, span)),
        }
    }
    let digests = stream::iter(wanted).map(|(external, span)| async move {
        let digest = digest(daemon, &external).await;
        let digest = digest.map_err(|status| report::at(status, daemon.sources, span));
        (external, digest)
    });
    let mut failures = Vec::new();
    for (external, digest) in digests.buffered(AT_ONCE).collect::<Vec<_>>().await {
        match digest {
            Ok(digest) => drop(all.digests.insert(external, digest)),
            Err(status) => failures.push((external.to_string(), status)),
        }
    }
    for ((dockerfile, platform), span) in dockerfiles {
        match dockerfile_images(daemon, &dockerfile, &platform).await {
            // Images that the family names too are resolved already, to the same digest.
            Ok(mut images) => {
                images.retain(|(image, _)| is_wanted(image));
                let names = images.iter().map(|(image, _)| image.clone()).collect();
                all.of_dockerfiles.insert((dockerfile, platform), names);
                for (image, digest) in images {
                    all.digests.entry(image).or_insert(digest);
                }
            }
            Err(status) => failures.push((dockerfile.path, report::at(status, daemon.sources, span))),
        }
    }
    if let Some(status) = combined(failures) {
        return Err(status);
    }
    let place =
        |span: &Span| format!("{}: it depends on an argument that is not set", daemon.sources.locate(*span));
    all.left_out.extend(unknown.iter().map(place));
    Ok(all)
}

/// Whether a named context of the client replaces an image.
fn is_replaced<B>(daemon: &DaemonFacts<'_, B>, external: &External) -> bool {
    let key = image_key(external);
    key.is_some_and(|key| {
        named_contexts::find(daemon.client.options, &key.reference, &key.platform).is_some()
    })
}

/// Resolves the digest of an image or of a download, or the commit of a branch or tag.
async fn digest<B: Bridge>(daemon: &DaemonFacts<'_, B>, external: &External) -> Result<String, Status> {
    if let Some(key) = image_key(external) {
        let ResolvedBase::Image(image) = lock_images::resolve(daemon, &key).await? else {
            return Err(Status::user(format!("{external} is not an image")));
        };
        let digest = image.pinned.map(|pinned| pinned.digest);
        return digest.ok_or_else(|| Status::user(format!("the builder returned no digest of {external}")));
    }
    match external {
        External::Git { url, reference } => commit(daemon, url, reference.as_deref()).await,
        External::Download { url } => sha256(daemon, url).await,
        External::Image { reference, .. } => Err(Status::user(format!("`{reference}` has no platform"))),
    }
}

/// Returns the images that a stage of a Dockerfile starts from, without those that the client replaces.
async fn dockerfile_images<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    dockerfile: &Dockerfile,
    platform: &Platform,
) -> Result<Vec<(External, String)>, Status> {
    let key = DockerfileKey::of(dockerfile, platform, false);
    let mut graph = daemon.client.graph();
    let remote = daemon.remote_context(&mut graph)?.map(|remote| graph.definition(Some(remote), &[]));
    let base = dockerfiles::convert(daemon.client, &key, &BTreeMap::new(), remote.as_ref()).await?;
    let images = dockerfiles::images(&base, daemon.client.options)
        .into_iter()
        .filter_map(|(image, digest)| Some((External::image(&image.reference, image.platform)?, digest)));
    Ok(images.collect())
}

/// Resolves the commit that a branch or tag refers to.
async fn commit<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    url: &str,
    reference: Option<&str>,
) -> Result<String, Status> {
    let repository: GitUrl = url.parse()?;
    let source = GitSource::new(repository.with_reference(reference.unwrap_or_default()));
    let request = daemon
        .client
        .source_request(source.clone(), |identifier| format!("[internal] load commit of {identifier}"));
    if let Some(git) = daemon.client.bridge.resolve_source(request?).await?.git {
        return Ok(git.commit().to_owned());
    }
    // Before BuildKit 0.26 the repository must be fetched to find its commit.
    let commit = vcs::head_commit(daemon.client, &source).await?;
    commit.ok_or_else(|| Status::user(format!("the builder returned no commit of {url}")))
}

/// Computes the digest of the content of a download.
async fn sha256<B: Bridge>(daemon: &DaemonFacts<'_, B>, url: &str) -> Result<String, Status> {
    let source = HttpSource { filename: DOWNLOAD.to_owned(), ..HttpSource::new(url) };
    let bridge = daemon.client.bridge;
    let request =
        daemon.client.source_request(source.clone(), |_| format!("[internal] load digest of {url}"));
    if let Some(http) = bridge.resolve_source(request?).await?.http {
        return Ok(http.checksum);
    }
    // Before BuildKit 0.26 the content must be read to compute its digest.
    let mut graph = daemon.client.graph();
    let vertex = graph.add(source);
    let definition = graph.encode(graph.root(vertex), &[]);
    let empty = || Status::user(format!("the server has no file at {url}"));
    let fetched = bridge.solve(Solve::encoded(definition)).await?.single()?.ok_or_else(empty)?;
    let mut hash = Sha256::new();
    let mut offset = 0;
    loop {
        let range = ByteRange { offset, length: PART };
        let part = bridge.read_file(&fetched, DOWNLOAD, Some(range)).await?;
        if part.is_empty() {
            return Ok(format!("sha256:{}", hex(&hash.finalize())));
        }
        offset += part.len() as u64;
        hash.update(&part);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the key of an image. `None` for anything else, and for an image without a platform.
fn image_key(external: &External) -> Option<ImageKey> {
    let External::Image { reference, platform: Some(platform) } = external else { return None };
    Some(ImageKey { reference: reference.clone(), platform: platform.clone() })
}

/// Combines failures into one error, with excerpts for the first few.
fn combined(failures: Vec<(String, Status)>) -> Option<Status> {
    let count = failures.len();
    if count < 2 {
        return failures.into_iter().next().map(|(_, status)| status);
    }
    let lines = failures.iter().map(|(name, status)| format!("{name}: {}", status.message));
    let message = format!("varve cannot resolve {count} names:\n{}", lines.collect::<Vec<_>>().join("\n"));
    let places = failures.iter().take(report::MOST_EXCERPTS).flat_map(|(_, status)| status.sources());
    Some(places.fold(Status::user(message), |whole, place| whole.at(&place)))
}
