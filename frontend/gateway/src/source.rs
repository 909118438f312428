//! What the daemon knows of sources without fetching them: images, git repositories, downloads.

mod image;

use std::collections::BTreeMap;

use buildkit_proto::pb::{Definition, Op, SourceOp, op};
use prost::Message as _;

pub use image::{ImageMeta, ImageRequest, ImageStore, ResolveMode, ResolvedImage};

use crate::Platform;

/// A source of files, by BuildKit's identifier, such as `docker-image://docker.io/library/alpine:3.20`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Scheme and address.
    pub identifier: String,
    /// Attributes, such as `git.fullurl`.
    pub attrs: BTreeMap<String, String>,
}

/// A question about a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRequest {
    /// The source.
    pub source: Source,
    /// For which platform, if that matters; else the daemon's.
    pub platform: Option<Platform>,
    /// Which image to take when the daemon has one of that name.
    pub resolve_mode: ResolveMode,
    /// The name of the step in the build's log; empty for none.
    pub log_name: String,
}

/// What the daemon knows of a source. Answers it does not have are `None`: git and http are answered since
/// BuildKit 0.26, images since 0.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMeta {
    /// The source after source policies, which may replace it.
    pub source: Source,
    /// If it is an image.
    pub image: Option<ImageMeta>,
    /// If it is a git repository.
    pub git: Option<GitMeta>,
    /// If it is a download.
    pub http: Option<HttpMeta>,
}

/// What a git reference points to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitMeta {
    /// The object the reference names: a commit, or an annotated tag.
    pub checksum: String,
    /// The full reference, such as `refs/heads/main`; empty if a commit was asked for.
    pub reference: String,
    /// The commit, when `checksum` is a tag; else empty.
    pub commit_checksum: String,
    /// When the commit was made, in seconds since 1970.
    pub committed: Option<i64>,
}

/// What a download would give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpMeta {
    /// The digest of the content, such as `sha256:...`.
    pub checksum: String,
    /// The name the file gets.
    pub filename: String,
    /// When the server says it was modified, in seconds since 1970.
    pub last_modified: Option<i64>,
}

impl GitMeta {
    /// The commit, whether the reference names it directly or by an annotated tag.
    pub fn commit(&self) -> &str {
        if self.commit_checksum.is_empty() { &self.checksum } else { &self.commit_checksum }
    }
}

impl SourceRequest {
    /// Asks about a source for the daemon's own platform.
    pub fn new(source: Source) -> Self {
        Self { source, platform: None, resolve_mode: ResolveMode::Default, log_name: String::new() }
    }
}

impl Source {
    /// A source without attributes.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), attrs: BTreeMap::new() }
    }
}

impl Source {
    /// The source of a definition that has it alone.
    pub fn alone_in(definition: &Definition) -> Option<Self> {
        let mut sources = Self::all_in(definition);
        let (first, _) = sources.next()?;
        sources.next().is_none().then_some(first)
    }

    /// The sources of a definition, each with the platform it is for.
    pub fn all_in(definition: &Definition) -> impl Iterator<Item = (Self, Option<Platform>)> {
        definition.def.iter().filter_map(|bytes| {
            let operation = Op::decode(bytes.as_slice()).ok()?;
            let Some(op::Op::Source(source)) = operation.op else { return None };
            Some((Self::from(source), operation.platform.as_ref().map(Platform::from)))
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
    fn a_commit_is_found_through_a_tag() {
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
