//! Lowers files, folders and links so that they get exactly the place, the mode and the owner that the step sets, whatever exists
//! already.
//!
//! If the daemon creates a file or folder itself (`MkFile`, `MkDir`), it applies its own umask, sets at most nine bits, and leaves
//! an existing folder unchanged. If it copies, it sets mode and owner exactly (`solver/llbsolver/file/backend.go`). Therefore a
//! file or folder is created in an empty file system and copied from there.

use buildkit_llb::{
    Action as FileAction, Copy, File, Metadata, MkDir, MkFile, Mode, Output, Owner, Symlink, Wildcard,
};
use varve_spec::Span;

use super::Lowerer;
use crate::util::paths::clean_path;

/// The mode of a file if the step sets none.
const FILE_MODE: u32 = 0o644;
/// The mode of a folder if the step sets none.
const DIR_MODE: u32 = 0o755;

impl Lowerer<'_, '_> {
    /// Returns the actions that create a file with this content, and the folders above it.
    pub(super) fn exact_file(
        &mut self,
        (path, span): (&str, Span),
        content: &str,
        owner: Option<Owner>,
        mode: Option<u32>,
    ) -> Vec<FileAction> {
        let path = clean_path(path);
        let (above, name) = split(&path);
        let prepared = self.prepared(MkFile::new(format!("/{name}"), content).into(), &path, span);
        let copy = Copy {
            owner: owner.clone(),
            mode: Some(Mode::Bits(mode.unwrap_or(FILE_MODE))),
            wildcard: Wildcard::Literal,
            ..Copy::dockerfile(prepared, format!("/{name}"), &path)
        };
        folders(above, owner).into_iter().chain([copy.into()]).collect()
    }

    /// Returns the actions that create a folder and those above it. An existing folder keeps its content. If the step sets neither
    /// owner nor mode, an existing folder also keeps its own.
    pub(super) fn exact_dir(
        &mut self,
        (path, span): (&str, Span),
        owner: Option<Owner>,
        mode: Option<u32>,
    ) -> Vec<FileAction> {
        let path = clean_path(path);
        let (above, name) = split(&path);
        if (owner.is_none() && mode.is_none()) || name.is_empty() {
            return vec![MkDir { mode: mode.unwrap_or(DIR_MODE), owner, ..MkDir::new(path) }.into()];
        }
        let prepared = self.prepared(MkDir::new(format!("/{name}")).into(), &path, span);
        let copy = Copy {
            owner: owner.clone(),
            mode: Some(Mode::Bits(mode.unwrap_or(DIR_MODE))),
            wildcard: Wildcard::Literal,
            ..Copy::dockerfile(prepared, "/", above)
        };
        folders(above, owner).into_iter().chain([copy.into()]).collect()
    }

    /// Returns the actions that create a symbolic link, and the folders above it. They replace a file or a link at that path.
    ///
    /// BuildKit itself creates the link in the place that an existing link points to (`symlink` in
    /// `solver/llbsolver/file/backend.go`). A copy of a folder does not follow links inside of its destination.
    pub(super) fn exact_link(
        &mut self,
        (path, span): (&str, Span),
        to: &str,
        owner: Option<Owner>,
    ) -> Vec<FileAction> {
        let path = clean_path(path);
        let (above, name) = split(&path);
        let prepared = self.prepared(Symlink::new(to, format!("/{name}")).into(), &path, span);
        let copy = Copy {
            owner: owner.clone(),
            wildcard: Wildcard::Literal,
            ..Copy::dockerfile(prepared, "/", above)
        };
        folders(above, owner).into_iter().chain([copy.into()]).collect()
    }

    /// Creates a file, folder or link in an empty file system.
    fn prepared(&mut self, action: FileAction, path: &str, span: Span) -> Option<Output> {
        let vertex = self.graph.add(File::new(None, self.with_time(action)));
        self.graph.describe(vertex, Metadata::named(format!("[internal] prepare {path}")));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }
}

/// Creates the folders above a file or folder. Otherwise the copy would create them, with the mode of the copy.
fn folders(above: &str, owner: Option<Owner>) -> Option<FileAction> {
    (above != "/").then(|| MkDir { owner, ..MkDir::new(above) }.into())
}

/// Creates the folders above the destination of a copy that sets a mode. Otherwise they would get that mode too. That matters if
/// the result is merged over a file system that has these folders.
pub(super) fn folders_of_copy(copy: &FileAction) -> Option<FileAction> {
    let FileAction::Copy(copy) = copy else { return None };
    copy.mode.as_ref()?;
    let (above, _) = split(&copy.dest);
    folders(if above.is_empty() { "/" } else { above }, copy.owner.clone())
}

/// Splits an absolute path into its folder and its name.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((above, name)) => (above, name),
        None => ("/", path),
    }
}
