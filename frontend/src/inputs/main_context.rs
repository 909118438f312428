//! The main context of a build: a folder of the client, a repository, an archive, or a definition that the client sends
//! (`frontend/dockerui/context.go`).

use buildkit_gateway::{Bridge, ByteRange, Options, Solve, Status, parse_bool};
use buildkit_llb::{
    Copy, File, GitMtime, GitSource, Graph, HttpSource, ImportedDefinition, Metadata, Output,
};

use super::client::{BUILD_FILE, CONTEXT, Client};
use super::named_contexts::decode_definition;
use crate::util::git_url;

/// The file name of a context that is a download.
const DOWNLOAD: &str = "context";

/// The main context.
pub(crate) enum MainContext {
    /// The client sends it: as folders, or as definitions in their place.
    Sent {
        /// The definition of the context. `None` for a folder.
        context: Option<Box<ImportedDefinition>>,
        /// The definition of the source of build files. `None` for a folder.
        build_file: Option<Box<ImportedDefinition>>,
    },
    /// A repository.
    Git(Box<GitSource>),
    /// An archive at a URL. The client also serves an archive that it reads from standard input at a URL.
    Archive(HttpSource),
    /// A build file at a URL. There is no context beside it.
    BuildFile(HttpSource),
}

impl MainContext {
    /// Finds out the kind of the context from the options of the build. For a URL, reads the start of what is there.
    ///
    /// # Errors
    /// An invalid git address, or the daemon's own error.
    pub(crate) async fn find<B: Bridge>(client: &Client<'_, B>) -> Result<Self, Status> {
        let Some(url) = &client.options.context else {
            let mut inputs = client.bridge.inputs().await?;
            let mut take = |name: &str| {
                inputs.remove(name).map(|bytes| decode_definition(&bytes).map(Box::new)).transpose()
            };
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
                "the context {url} is neither a git repository nor the URL of an archive"
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

    /// Pins the git context to the resolved commit, so that labels match the sources.
    pub(crate) fn pin(&mut self, commit: &str) {
        if let Self::Git(source) = self {
            source.checksum = Some(commit.to_owned());
        }
    }

    /// Gives the files of a git context the time of the commit, unless the address of the context sets `mtime` (`initContext`
    /// there).
    pub(crate) fn use_commit_time(&mut self, options: &Options) {
        let is_set =
            options.context.iter().any(|address| address.contains("?mtime=") || address.contains("&mtime="));
        if let (Self::Git(source), false) = (self, is_set) {
            source.mtime = GitMtime::Commit;
        }
    }

    /// The file system of a context that is not a folder of the client. `None` for a folder.
    ///
    /// # Errors
    /// The definition that the client sends cannot be decoded.
    pub(crate) fn remote(&self, subdir: Option<&str>, graph: &mut Graph) -> Result<Option<Output>, Status> {
        let output = match self {
            Self::Sent { context: None, .. } => return Ok(None),
            Self::Sent { context: Some(context), .. } => import(context, graph)?,
            _ => self.fetched(graph),
        };
        let Some(subdir) = subdir else { return Ok(output) };
        let copy = Copy { contents_only: true, create_dest_path: true, ..Copy::new(output, subdir, "/") };
        let vertex = graph.add(File::new(None, copy));
        Ok(graph.root(vertex))
    }

    /// The file system with the build file, if it is not a folder of the client: everything that was fetched, not only the
    /// subfolder that is the context.
    ///
    /// # Errors
    /// The definition that the client sends cannot be decoded.
    pub(crate) fn build_file(&self, graph: &mut Graph) -> Result<Option<Output>, Status> {
        match self {
            Self::Sent { build_file: None, .. } => Ok(None),
            Self::Sent { build_file: Some(build_file), .. } => import(build_file, graph),
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

/// Imports a definition that the client sends.
fn import(definition: &ImportedDefinition, graph: &mut Graph) -> Result<Option<Output>, Status> {
    let imported = graph.import(definition, &mut Vec::new());
    imported.map_err(|error| Status::user(format!("the context that the client sent is invalid: {error}")))
}

/// Whether a file that starts with these bytes is an archive that the daemon unpacks: bzip2, gzip, xz or tar (`DetectGitContext` and
/// `isArchive` in `frontend/dockerui/context.go`).
pub(crate) fn is_archive(start: &[u8]) -> bool {
    let magic: [&[u8]; 3] = [b"BZh", &[0x1f, 0x8b, 0x08], &[0xfd, b'7', b'z', b'X', b'Z', 0x00]];
    magic.iter().any(|magic| start.starts_with(magic)) || start.get(257..262) == Some(b"ustar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_recognised_by_their_first_bytes() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_archive(&tar));
        assert!(is_archive(&[0x1f, 0x8b, 0x08, 0]));
        assert!(is_archive(b"BZh91AY"));
        assert!(!is_archive(b"# syntax=varve/frontend:dev\n"));
        assert!(!is_archive(b""));
    }
}
