//! Files and folders with exactly the mode and owner that were asked for, whatever is there already. What the daemon makes
//! itself (`MkFile`, `MkDir`) gets no more than its own umask and nine bits allow, and stays as it is where it exists; what it
//! copies gets all of it (solver/llbsolver/file/backend.go). So both are made in an empty place and copied.

use buildkit_llb::{
    Action as FileAction, Copy, File, Metadata, MkDir, MkFile, Mode, Output, Owner, Wildcard,
};
use varve_spec::Span;

use super::Lowerer;
use crate::util::paths::clean_path;

/// The mode of a file nobody set one for.
const FILE_MODE: u32 = 0o644;
/// The mode of a folder nobody set one for.
const DIR_MODE: u32 = 0o755;

impl Lowerer<'_, '_> {
    /// A file with this content, and the folders above it.
    pub(super) fn exact_file(
        &mut self,
        (path, span): (&str, Span),
        content: &str,
        owner: Option<Owner>,
        mode: Option<u32>,
    ) -> Vec<FileAction> {
        let path = clean_path(path);
        let (above, name) = split(&path);
        let made = self.made(MkFile::new(format!("/{name}"), content).into(), &path, span);
        let copy = Copy {
            owner: owner.clone(),
            mode: Some(Mode::Bits(mode.unwrap_or(FILE_MODE))),
            wildcard: Wildcard::Literal,
            ..Copy::dockerfile(made, format!("/{name}"), &path)
        };
        folders(above, owner).into_iter().chain([copy.into()]).collect()
    }

    /// A folder, and those above it. One that is there keeps what is in it; where neither owner nor mode is asked for, it stays
    /// as it is.
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
        let made = self.made(MkDir::new(format!("/{name}")).into(), &path, span);
        let copy = Copy {
            owner: owner.clone(),
            mode: Some(Mode::Bits(mode.unwrap_or(DIR_MODE))),
            wildcard: Wildcard::Literal,
            ..Copy::dockerfile(made, "/", above)
        };
        folders(above, owner).into_iter().chain([copy.into()]).collect()
    }

    fn made(&mut self, made: FileAction, path: &str, span: Span) -> Option<Output> {
        let vertex = self.graph.add(File::new(None, self.dated(made)));
        self.graph.describe(vertex, Metadata::named(format!("[internal] prepare {path}")));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }
}

/// Makes the folders above something, for a copy would give them its own mode.
fn folders(above: &str, owner: Option<Owner>) -> Option<FileAction> {
    (above != "/").then(|| MkDir { owner, ..MkDir::new(above) }.into())
}

/// Makes the folders above a copy that has a mode, which would else be theirs too: laid over what there is, they count.
pub(super) fn folders_of_copy(copy: &FileAction) -> Option<FileAction> {
    let FileAction::Copy(copy) = copy else { return None };
    copy.mode.as_ref()?;
    let (above, _) = split(&copy.dest);
    folders(if above.is_empty() { "/" } else { above }, copy.owner.clone())
}

/// The folder and the name of an absolute path.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((above, name)) => (above, name),
        None => ("/", path),
    }
}
