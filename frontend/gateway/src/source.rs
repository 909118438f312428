//! Metadata of sources, which the daemon resolves without fetching them: images, git repositories and downloads.

mod image;

use std::collections::BTreeMap;

use buildkit_proto::pb::{Definition, Op, SourceOp, op};
use prost::Message as _;

pub use image::{ImageMeta, ImageRequest, ImageStore, ResolveMode, ResolvedImage};

use crate::{Platform, platform};

/// A source of files. Its identifier is BuildKit's, such as `docker-image://docker.io/library/alpine:3.20`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The identifier: a scheme and an address.
    pub identifier: String,
    /// The attributes, such as `git.fullurl`.
    pub attrs: BTreeMap<String, String>,
}

/// A request for the metadata of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRequest {
    /// The source.
    pub source: Source,
    /// The platform, for sources that depend on it. The default is the platform of the daemon.
    pub platform: Option<Platform>,
    /// Which image to use if the daemon has one of the same name.
    pub resolve_mode: ResolveMode,
    /// The name of the step in the log of the build. If it is empty, there is no step.
    pub log_name: String,
}

/// The metadata of a source. Daemons answer for git and http since BuildKit 0.26, and for images since 0.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMeta {
    /// The source after source policies, which can replace it.
    pub source: Source,
    /// The metadata of an image.
    pub image: Option<ImageMeta>,
    /// The metadata of a git repository.
    pub git: Option<GitMeta>,
    /// The metadata of a download.
    pub http: Option<HttpMeta>,
}

/// The metadata of a git reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitMeta {
    /// The object that the reference names: a commit or an annotated tag.
    pub checksum: String,
    /// The full reference, such as `refs/heads/main`. It is empty if the request named a commit.
    pub reference: String,
    /// The commit, if `checksum` is an annotated tag; otherwise empty.
    pub commit_checksum: String,
    /// The time of the commit, in seconds since 1970.
    pub committed: Option<i64>,
}

/// The metadata of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpMeta {
    /// The digest of the content, such as `sha256:...`.
    pub checksum: String,
    /// The name of the file.
    pub filename: String,
    /// The modification time that the server reports, in seconds since 1970.
    pub last_modified: Option<i64>,
}

impl GitMeta {
    /// Returns the commit that the reference names, directly or with an annotated tag.
    pub fn commit(&self) -> &str {
        if self.commit_checksum.is_empty() { &self.checksum } else { &self.commit_checksum }
    }
}

impl SourceRequest {
    /// Creates a request for the platform of the daemon.
    pub fn new(source: Source) -> Self {
        Self { source, platform: None, resolve_mode: ResolveMode::Default, log_name: String::new() }
    }
}

impl Source {
    /// Creates a source without attributes.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), attrs: BTreeMap::new() }
    }
}

impl Source {
    /// Returns the source of a definition. `None` unless the definition has exactly one source.
    pub fn alone_in(definition: &Definition) -> Option<Self> {
        let mut sources = Self::all_in(definition);
        let (first, _) = sources.next()?;
        sources.next().is_none().then_some(first)
    }

    /// Iterates over the sources of a definition with their platforms.
    pub fn all_in(definition: &Definition) -> impl Iterator<Item = (Self, Option<Platform>)> {
        definition.def.iter().filter_map(|bytes| {
            let operation = Op::decode(bytes.as_slice()).ok()?;
            let Some(op::Op::Source(source)) = operation.op else { return None };
            Some((Self::from(source), operation.platform.as_ref().map(platform::of_message)))
        })
    }
}

impl From<SourceOp> for Source {
    fn from(op: SourceOp) -> Self {
        Self { identifier: op.identifier, attrs: op.attrs }
    }
}

impl From<Source> for SourceOp {
    fn from(source: Source) -> Self {
        Self { identifier: source.identifier, attrs: source.attrs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotated_tag_leads_to_its_commit() {
        check("1", "", "1");
        check("1", "2", "2");

        fn check(checksum: &str, commit_checksum: &str, expect: &str) {
            let meta = GitMeta {
                checksum: checksum.to_owned(),
                commit_checksum: commit_checksum.to_owned(),
                ..GitMeta::default()
            };
            assert_eq!(meta.commit(), expect);
        }
    }
}
