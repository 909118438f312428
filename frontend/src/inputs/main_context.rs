//! The main context of a build: a folder of the client, a repository, an archive, or what the client made of it
//! (`frontend/dockerui/context.go`).

use buildkit_gateway::{Bridge, ByteRange, Options, Solve, Status, parse_bool};
use buildkit_llb::{
    Copy, File, GitMtime, GitSource, Graph, HttpSource, ImportedDefinition, Metadata, Output,
};

use super::client::Client;
use super::named_contexts::foreign;
use crate::util::git_url;

/// The local source of the main context (`DefaultLocalNameContext`).
pub(crate) const CONTEXT: &str = "context";
/// The source of build files (`frontend/dockerui/config.go` `DefaultLocalNameDockerfile`).
pub(crate) const BUILD_FILE: &str = "dockerfile";
/// The name that a download has which is the context.
const DOWNLOAD: &str = "context";

/// The main context.
pub(crate) enum MainContext {
    /// What the client sends: folders, or, in the place of each, a graph that it made.
    Sent {
        /// The context.
        context: Option<Box<ImportedDefinition>>,
        /// Where the build file is.
        build_file: Option<Box<ImportedDefinition>>,
    },
    /// A repository.
    Git(Box<GitSource>),
    /// An archive from a URL, or that the client sends.
    Archive(HttpSource),
    /// A build file from a URL; there is no context beside it.
    BuildFile(HttpSource),
}

impl MainContext {
    /// What the options of the build say, and for a URL, what is there.
    ///
    /// # Errors
    /// A git address that is not right, or the daemon's own error.
    pub(crate) async fn find<B: Bridge>(client: &Client<'_, B>) -> Result<Self, Status> {
        let Some(url) = &client.options.context else {
            let mut inputs = client.bridge.inputs().await?;
            let mut take =
                |name: &str| inputs.remove(name).map(|bytes| foreign(&bytes).map(Box::new)).transpose();
            return Ok(Self::Sent { context: take(CONTEXT)?, build_file: take(BUILD_FILE)? });
        };
        if let Some(source) = git_url::parse(url) {
            let mut source = source?;
            let keep = client.options.build_args.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR");
            source.keep_git_dir |= keep.and_then(|text| parse_bool(text)).unwrap_or(false);
            return Ok(Self::Git(Box::new(source)));
        }
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Status::user(format!(
                "the context {url} is neither a repository nor a URL of an archive"
            )));
        }
        let source = HttpSource { filename: DOWNLOAD.to_owned(), ..HttpSource::new(url) };
        let mut graph = client.graph();
        let vertex = graph.add(source.clone());
        graph.describe(vertex, Metadata::named("[internal] load remote build context"));
        let definition = graph.encode(graph.root(vertex), &[]);
        let Some(folder) = client.bridge.solve(Solve::encoded(definition)).await?.single()? else {
            return Err(Status::user(format!("the context {url} is empty")));
        };
        let start = ByteRange { offset: 0, length: 1024 };
        let start = client.bridge.read_file(&folder, DOWNLOAD, Some(start)).await?;
        Ok(if is_archive(&start) { Self::Archive(source) } else { Self::BuildFile(source) })
    }

    /// Holds a repository to the commit that was found, so that what is built is what is told.
    pub(crate) fn pin(&mut self, commit: &str) {
        if let Self::Git(source) = self {
            source.checksum = Some(commit.to_owned());
        }
    }

    /// Has the files of a repository tell the time of its commit, where its address does not say which (`initContext` there).
    pub(crate) fn date(&mut self, options: &Options) {
        let says =
            options.context.iter().any(|address| address.contains("?mtime=") || address.contains("&mtime="));
        if let (Self::Git(source), false) = (self, says) {
            source.mtime = GitMtime::Commit;
        }
    }

    /// The file system of a context that is no folder of the client; nothing for one that is.
    ///
    /// # Errors
    /// What the client made of it cannot be read.
    pub(crate) fn remote(&self, subdir: Option<&str>, graph: &mut Graph) -> Result<Option<Output>, Status> {
        let output = match self {
            Self::Sent { context: None, .. } => return Ok(None),
            Self::Sent { context: Some(context), .. } => sent(context, graph)?,
            _ => self.fetched(graph),
        };
        let Some(subdir) = subdir else { return Ok(output) };
        let copy = Copy { contents_only: true, create_dest_path: true, ..Copy::new(output, subdir, "/") };
        let vertex = graph.add(File::new(None, copy));
        Ok(graph.root(vertex))
    }

    /// The file system with the build file where that is no folder of the client: all of what was fetched, not only the part
    /// that is the context.
    ///
    /// # Errors
    /// What the client made of it cannot be read.
    pub(crate) fn build_file(&self, graph: &mut Graph) -> Result<Option<Output>, Status> {
        match self {
            Self::Sent { build_file: None, .. } => Ok(None),
            Self::Sent { build_file: Some(build_file), .. } => sent(build_file, graph),
            _ => Ok(self.fetched(graph)),
        }
    }

    fn fetched(&self, graph: &mut Graph) -> Option<Output> {
        match self {
            Self::Sent { .. } => None,
            Self::Git(source) => {
                let vertex = graph.add(source.as_ref().clone());
                graph.describe(vertex, Metadata::named("[internal] load git source"));
                graph.root(vertex)
            }
            Self::BuildFile(source) => {
                let vertex = graph.add(source.clone());
                graph.root(vertex)
            }
            Self::Archive(source) => {
                let vertex = graph.add(source.clone());
                graph.describe(vertex, Metadata::named("[internal] load remote build context"));
                let archive = graph.root(vertex);
                let unpack = Copy { unpack: true, ..Copy::new(archive, format!("/{DOWNLOAD}"), "/") };
                let vertex = graph.add(File::new(None, unpack));
                graph.describe(vertex, Metadata::named("[internal] unpack remote build context"));
                graph.root(vertex)
            }
        }
    }
}

/// A graph that the client made.
fn sent(definition: &ImportedDefinition, graph: &mut Graph) -> Result<Option<Output>, Status> {
    let imported = graph.import(definition, &mut Vec::new());
    imported.map_err(|error| Status::user(format!("the context that the client sent: {error}")))
}

/// Whether bytes start as an archive does that the daemon unpacks: bzip2, gzip, xz, or a tar header (`DetectGitContext` and
/// `isArchive` in `frontend/dockerui/context.go`).
pub(crate) fn is_archive(start: &[u8]) -> bool {
    let magic: [&[u8]; 3] = [b"BZh", &[0x1f, 0x8b, 0x08], &[0xfd, b'7', b'z', b'X', b'Z', 0x00]];
    magic.iter().any(|magic| start.starts_with(magic)) || start.get(257..262) == Some(b"ustar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_how_they_start() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_archive(&tar));
        assert!(is_archive(&[0x1f, 0x8b, 0x08, 0]));
        assert!(is_archive(b"BZh91AY"));
        assert!(!is_archive(b"# syntax=varve/frontend:dev\n"));
        assert!(!is_archive(b""));
    }
}
