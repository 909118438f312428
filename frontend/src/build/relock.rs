//! `frontend.lock`: what the names of a whole family stand for now, as the text of its lock.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, ByteRange, Outcome, Platform, Solve, Status};
use buildkit_llb::{GitRemote, GitSource, HttpSource};
use futures_util::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use varve_spec::plan::Dockerfile;
use varve_spec::{External, Externals, Lock, Span};

use super::Request;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{ImageKey, Resolved};
use crate::inputs::dockerfiles;
use crate::inputs::images;
use crate::inputs::{named_contexts, vcs};
use crate::subrequests;
use crate::util::platform::spec_platform;
use crate::util::report;

/// So many are asked for at once.
const AT_ONCE: usize = 16;
/// So many bytes of a download are read at once: well below what a message may have.
const PART: u64 = 1 << 20;
/// The name that a download has which is only looked at.
const DOWNLOAD: &str = "download";

impl<B: Bridge> Request<'_, B> {
    /// Asks for everything that any variant names.
    pub(super) async fn relock(&self) -> Result<Outcome, Status> {
        let (reading, question) = self.question().await?;
        if question.target.is_some() {
            return Err(Status::user("a lock is that of the whole family: leave --target out"));
        }
        let family = reading.family.ok_or_else(|| report::error(&reading.found, self.sources))?;
        if let Some(axis) = family.axes.iter().find(|axis| question.args.contains_key(&axis.name)) {
            let name = &axis.name;
            return Err(Status::user(format!(
                "a lock is that of the whole family: leave --build-arg {name} out"
            )));
        }
        let found = family.externals(&question);
        let found = found.map_err(|found| report::error(&found, self.sources))?;
        let Externals { known, dockerfiles, unknown } = found;

        let (replaced, known): (BTreeMap<_, _>, BTreeMap<_, _>) =
            known.into_iter().partition(|(external, _)| self.is_replaced(external));
        let asked = stream::iter(known).map(|(external, span)| async move {
            let digest = self.digest(&external).await;
            let digest = digest.map_err(|status| report::at(status, self.sources, span));
            (external, digest)
        });
        let mut found = BTreeMap::new();
        let mut failed = Vec::new();
        for (external, digest) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
            match digest {
                Ok(digest) => drop(found.insert(external, digest)),
                Err(status) => failed.push((external.to_string(), status)),
            }
        }
        for ((dockerfile, platform), span) in dockerfiles {
            match self.images_of(&dockerfile, &platform).await {
                // What the family names itself stands there already, by the same digest.
                Ok(images) => {
                    for (image, digest) in images {
                        found.entry(image).or_insert(digest);
                    }
                }
                Err(status) => failed.push((dockerfile.path, report::at(status, self.sources, span))),
            }
        }
        if let Some(status) = together(failed) {
            return Err(status);
        }
        let lock = Lock::new(&self.file.lock_name, found);
        let mut left_out: Vec<String> = replaced
            .keys()
            .map(|external| format!("{external}: a named context stands in its place"))
            .collect();
        let place = |span: &Span| {
            format!("{}: it depends on an argument that was not given", self.sources.locate(*span))
        };
        left_out.extend(unknown.iter().map(place));
        Ok(subrequests::lock(&lock, (&self.file.name, &self.file.lock_name), &left_out))
    }

    fn is_replaced(&self, external: &External) -> bool {
        let key = image_key(external);
        key.is_some_and(|key| {
            named_contexts::find(self.client.options, &key.reference, &key.platform).is_some()
        })
    }

    async fn digest(&self, external: &External) -> Result<String, Status> {
        if let Some(key) = image_key(external) {
            let Resolved::Image(image) = images::registry(self.client, &key, None).await? else {
                return Err(Status::user(format!("{external} is not an image")));
            };
            let digest = image.pinned.map(|pinned| pinned.digest);
            return digest.ok_or_else(|| Status::user(format!("the builder tells no digest of {external}")));
        }
        match external {
            External::Git { url, reference } => self.commit(url, reference.as_deref()).await,
            External::Download { url } => self.sha256(url).await,
            External::Image { reference, .. } => Err(Status::user(format!("`{reference}` has no platform"))),
        }
    }

    /// The images that a stage of a Dockerfile starts from, but for those that the client put something else in the place of.
    async fn images_of(
        &self,
        dockerfile: &Dockerfile,
        platform: &varve_spec::Platform,
    ) -> Result<Vec<(External, String)>, Status> {
        let platform = gateway_platform(platform)?;
        let key = DockerfileKey::of(dockerfile, &platform, false);
        let mut graph = self.client.graph();
        let remote = self.remote(&mut graph)?.map(|remote| graph.definition(Some(remote), &[]));
        let read = dockerfiles::read(self.client, &key, &BTreeMap::new(), remote.as_ref()).await?;
        let images =
            dockerfiles::images(&read, self.client.options).into_iter().filter_map(|(image, digest)| {
                Some((External::image(&image.reference, spec_platform(&image.platform))?, digest))
            });
        Ok(images.collect())
    }

    /// The commit that a branch or tag points at.
    async fn commit(&self, url: &str, reference: Option<&str>) -> Result<String, Status> {
        let remote = GitRemote::parse(url);
        let mut remote =
            remote.ok_or_else(|| Status::user(format!("`{url}` is not the address of a repository")))?;
        remote.reference = reference.unwrap_or_default().to_owned();
        let source = GitSource::new(remote);
        let question = self
            .client
            .question(source.clone(), |identifier| format!("[internal] load commit of {identifier}"));
        if let Some(git) = self.client.bridge.resolve_source(question?).await?.git {
            return Ok(git.commit().to_owned());
        }
        // Builders before BuildKit 0.26 have to fetch it.
        let commit = vcs::head(self.client, &source).await?;
        commit.ok_or_else(|| Status::user(format!("the builder tells no commit of {url}")))
    }

    /// The digest of the content of a download.
    async fn sha256(&self, url: &str) -> Result<String, Status> {
        let source = HttpSource { filename: DOWNLOAD.to_owned(), ..HttpSource::new(url) };
        let bridge = self.client.bridge;
        let question = self.client.question(source.clone(), |_| format!("[internal] load digest of {url}"));
        if let Some(http) = bridge.resolve_source(question?).await?.http {
            return Ok(http.checksum);
        }
        // Builders before BuildKit 0.26 have to hand it over.
        let mut graph = self.client.graph();
        let vertex = graph.add(source);
        let definition = graph.encode(graph.root(vertex), &[]);
        let nothing = || Status::user(format!("there is nothing at {url}"));
        let fetched = bridge.solve(Solve::encoded(definition)).await?.single()?.ok_or_else(nothing)?;
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
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An image of a platform.
fn image_key(external: &External) -> Option<ImageKey> {
    let External::Image { reference, platform: Some(platform) } = external else { return None };
    Some(ImageKey { reference: reference.clone(), platform: gateway_platform(platform).ok()? })
}

fn gateway_platform(platform: &varve_spec::Platform) -> Result<Platform, Status> {
    let id = platform.id();
    id.parse().map_err(|_| Status::user(format!("`{id}` is not a platform")))
}

/// All failures as one; the first few with their excerpts.
fn together(failed: Vec<(String, Status)>) -> Option<Status> {
    let count = failed.len();
    if count < 2 {
        return failed.into_iter().next().map(|(_, status)| status);
    }
    let lines = failed.iter().map(|(name, status)| format!("{name}: {}", status.message));
    let message = format!("{count} names cannot be locked:\n{}", lines.collect::<Vec<_>>().join("\n"));
    let places = failed.iter().take(report::MOST_EXCERPTS).flat_map(|(_, status)| status.sources());
    Some(places.fold(Status::user(message), |whole, place| whole.at(&place)))
}
