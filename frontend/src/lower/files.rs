//! Steps that change files without a process: one file operation each.

use buildkit_llb::{
    Action as FileAction, Copy, File, MkDir, MkFile, Mode, Owner, Rm, Symlink, Vertex, Wildcard,
};
use varve_spec::plan::{self, Action, Step};
use varve_spec::{Code, Diagnostic};

use super::{Lowering, Place, State};
use crate::config::join_path;
use crate::ignore::clean_path;

/// The mode of a file nobody set one for.
const FILE_MODE: u32 = 0o644;
/// The mode of a directory nobody set one for.
const DIR_MODE: u32 = 0o755;

impl Lowering<'_, '_> {
    /// The operation of a step on files. Nothing when the step is none, or a finding was made.
    pub(super) fn files(&mut self, place: &Place<'_>, step: &Step, state: &State) -> Option<Vertex> {
        let owner = |owner: &Option<plan::Owner>| owner.as_ref().map(llb_owner);
        let actions: Vec<FileAction> = match &step.action {
            Action::Copy(copy) => self.copies(place, copy, state),
            Action::File { path, content, owner: by, mode } => {
                vec![
                    MkFile {
                        mode: mode.unwrap_or(FILE_MODE),
                        owner: owner(by),
                        ..MkFile::new(clean_path(path), content.as_bytes())
                    }
                    .into(),
                ]
            }
            Action::Dir { path, owner: by, mode } => {
                vec![
                    MkDir {
                        mode: mode.unwrap_or(DIR_MODE),
                        parents: true,
                        owner: owner(by),
                        ..MkDir::new(clean_path(path))
                    }
                    .into(),
                ]
            }
            Action::Symlink { path, to, owner: by } => {
                vec![Symlink { owner: owner(by), ..Symlink::new(to, clean_path(path)) }.into()]
            }
            Action::Remove(remove) => {
                let removal = |path: &String| Rm {
                    allow_not_found: remove.optional,
                    wildcard: true,
                    ..Rm::new(clean_path(path))
                };
                remove.paths.iter().map(|path| removal(path).into()).collect()
            }
            _ => return None,
        };
        if state.root.is_none() && actions.iter().any(|action| owner_of(action).is_some_and(Owner::has_name))
        {
            let error = Diagnostic::error(
                Code::BadValue,
                step.span,
                "an owner by name, but the stage starts from nothing",
            );
            self.found.push(
                error
                    .label("there is no /etc/passwd to find it in")
                    .help("write numbers, such as `1000:1000`"),
            );
            return None;
        }
        File::chain(state.root, actions).map(|file| self.graph.add(file))
    }

    /// Makes the working directory.
    pub(super) fn workdir(&mut self, state: &State) -> Option<Vertex> {
        if state.config.workdir == "/" {
            return None;
        }
        let mkdir = MkDir { mode: DIR_MODE, parents: true, ..MkDir::new(&state.config.workdir) };
        Some(self.graph.add(File::new(state.root, mkdir)))
    }

    fn copies(&mut self, place: &Place<'_>, copy: &plan::Copy, state: &State) -> Vec<FileAction> {
        let source = self.origin(&copy.from, place);
        let mut dest = join_path(&state.config.workdir, &copy.to);
        if (copy.to.ends_with('/') || copy.to == "." || copy.sources.len() > 1) && !dest.ends_with('/') {
            dest.push('/');
        }
        let mode =
            copy.mode.as_deref().map(|mode| match u32::from_str_radix(mode.trim_start_matches("0o"), 8) {
                Ok(bits) => Mode::Bits(bits),
                Err(_) => Mode::Symbolic(mode.to_owned()),
            });
        let one = |path: &String| Copy {
            owner: copy.owner.as_ref().map(llb_owner),
            mode: mode.clone(),
            exclude: copy.exclude.clone(),
            follow_symlinks: copy.follow_links,
            wildcard: if copy.optional { Wildcard::MayBeEmpty } else { Wildcard::Required },
            ..Copy::dockerfile(source, clean_path(&format!("/{path}")), &dest)
        };
        copy.sources.iter().map(|path| one(path).into()).collect()
    }
}

pub(super) fn llb_owner(owner: &plan::Owner) -> Owner {
    let group = owner.group.as_ref().map(|group| format!(":{group}")).unwrap_or_default();
    Owner::parse(&format!("{}{group}", owner.user))
}

fn owner_of(action: &FileAction) -> Option<&Owner> {
    match action {
        FileAction::Copy(copy) => copy.owner.as_ref(),
        FileAction::MkFile(file) => file.owner.as_ref(),
        FileAction::MkDir(dir) => dir.owner.as_ref(),
        FileAction::Symlink(link) => link.owner.as_ref(),
        FileAction::Rm(_) => None,
    }
}
