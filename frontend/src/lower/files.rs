//! Lowers steps that change files without running a process. Each becomes one file operation.

use buildkit_llb::{
    Action as FileAction, Copy, File, Metadata, MkDir, Mode, Output, Owner, Rm, Vertex, Wildcard,
};
use varve_spec::plan::{self, Action, Step};
use varve_spec::{Code, Diagnostic, Span};

use super::exact::folders_of_copy;
use super::required::is_pattern;
use super::{Lowerer, StageInfo, State, name};
use crate::image_config::config::join_path;
use crate::request::epoch::Epoch;
use crate::util::paths::clean_path;

/// Where an owner must be a number.
pub(super) const IN_LINK: &str = "in a copy with `link: true`";
pub(super) const IN_SCRATCH: &str = "in a stage that starts from `scratch`";

impl Lowerer<'_, '_> {
    /// Adds the operation of a file step. `None` if the step is of another kind, or if there was an error.
    pub(super) fn files(&mut self, info: &StageInfo<'_>, step: &Step, state: &State) -> Option<Vertex> {
        let owner = |owner: &Option<plan::Owner>| owner.as_ref().map(llb_owner);
        let actions: Vec<FileAction> = match &step.action {
            Action::Copy(copy) if copy.extract.is_some() => return None,
            Action::Copy(copy) => self.copies(info, step.span, copy, state),
            Action::File { path, content, owner: by, mode } => {
                self.exact_file((path, step.span), content, owner(by), *mode)
            }
            Action::Dir { path, owner: by, mode } => self.exact_dir((path, step.span), owner(by), *mode),
            Action::Symlink { path, to, owner: by } => self.exact_link((path, step.span), to, owner(by)),
            Action::Remove(remove) => self.removals(info, step.span, remove, state),
            _ => return None,
        };
        let named = names_of_sources(&actions, state.root);
        let actions: Vec<FileAction> =
            actions.into_iter().map(|action| self.with_time(action)).chain(named).collect();
        let link = matches!(&step.action, Action::Copy(copy) if copy.link);
        let mut owners = actions.iter().filter_map(owner_of);
        let named_owner = owners.find(|owner| owner.has_name()).cloned();
        if named_owner.is_some() && (state.root.is_none() || link) {
            self.report_owner_name(step, if link { IN_LINK } else { IN_SCRATCH });
            return None;
        }
        if link && self.inputs.merge {
            return self.linked(info, step, actions, state);
        }
        let accounts = match named_owner {
            Some(owner) => Some(self.accounts(info, step, &owner, state)?),
            None => None,
        };
        let mut file = File::chain(state.root, actions)?;
        file.accounts = accounts;
        Some(self.graph.add(file))
    }

    /// Sets the time of the build, if there is one, on a file that an action creates. A copied file keeps its own time, as in a
    /// build of a Dockerfile.
    pub(super) fn with_time(&self, mut action: FileAction) -> FileAction {
        let time = self.inputs.settings.epoch.map(Epoch::timestamp);
        match &mut action {
            FileAction::MkFile(file) => file.timestamp = time,
            FileAction::MkDir(dir) => dir.timestamp = time,
            FileAction::Symlink(link) => link.timestamp = time,
            // Copies and removals. Lowering creates no other actions here.
            _ => {}
        }
        action
    }

    /// Copies into an empty file system and merges the result over that of the stage (`COPY --link`,
    /// `dockerfile2llb/convert_copy.go`).
    fn linked(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        actions: Vec<FileAction>,
        state: &State,
    ) -> Option<Vertex> {
        let above = actions.first().and_then(folders_of_copy).map(|folders| self.with_time(folders));
        let actions = above.into_iter().chain(actions).collect();
        let file = self.graph.add(File::chain(None, actions)?);
        let alone = self.graph.root(file);
        let Some(base) = state.root else { return Some(file) };
        let name = format!("[{}] link {}", self.prefix(info.stage), name::of_step(&step.action));
        let metadata = info.metadata(name);
        let ignore_cache = metadata.ignore_cache || step.no_cache;
        self.graph.describe(file, Metadata { ignore_cache, ..metadata });
        self.locate(file, step.span);
        self.graph.merge(&[Some(base), alone]).map(|output| output.vertex)
    }

    /// Creates the working directory. Its owner is the current user (`dispatchWorkdir` in `dockerfile2llb/convert.go`).
    pub(super) fn workdir(&mut self, info: &StageInfo<'_>, step: &Step, state: &State) -> Option<Vertex> {
        if state.config.workdir == "/" {
            return None;
        }
        let user = Some(state.config.user.as_str()).filter(|user| !user.is_empty() && *user != "root");
        let owner = user.map(Owner::parse);
        if state.root.is_none() && owner.as_ref().is_some_and(Owner::has_name) {
            self.report_owner_name(step, IN_SCRATCH);
            return None;
        }
        let accounts = match owner.as_ref().filter(|owner| owner.has_name()) {
            Some(owner) => Some(self.accounts(info, step, owner, state)?),
            None => None,
        };
        let mkdir = MkDir { owner, ..MkDir::new(&state.config.workdir) };
        let mut file = File::new(state.root, self.with_time(mkdir.into()));
        file.accounts = accounts;
        Some(self.graph.add(file))
    }

    fn removals(
        &mut self,
        info: &StageInfo<'_>,
        span: Span,
        remove: &plan::Remove,
        state: &State,
    ) -> Vec<FileAction> {
        let removals = remove.paths.iter().flat_map(|path| {
            let path = clean_path(path);
            if !remove.optional && !is_pattern(&path) {
                return self.required_removal(&path, state.root, (info, span));
            }
            // Of a pattern, the daemon removes what it found.
            vec![Rm { allow_not_found: true, wildcard: true, ..Rm::new(path) }.into()]
        });
        removals.collect()
    }

    /// Reports an owner by name where no file has the names.
    pub(super) fn report_owner_name(&mut self, step: &Step, what: &str) {
        let error =
            Diagnostic::error(Code::BadValue, step.span, format!("the owner must be a number {what}"));
        let error = error.label("there is no /etc/passwd that contains the name");
        self.diagnostics.push(error.help("write numbers, such as `1000:1000`"));
    }

    fn copies(
        &mut self,
        info: &StageInfo<'_>,
        span: Span,
        copy: &plan::Copy,
        state: &State,
    ) -> Vec<FileAction> {
        let source = self.origin(&copy.from, info, span);
        let mut dest = join_path(&state.config.workdir, &copy.to);
        if (copy.to.ends_with('/') || copy.to == "." || copy.sources.len() > 1) && !dest.ends_with('/') {
            dest.push('/');
        }
        let mode = copy.mode.as_ref().map(|mode| match mode {
            plan::Mode::Bits(bits) => Mode::Bits(*bits),
            plan::Mode::Changes(changes) => Mode::Symbolic(changes.clone()),
        });
        let copy_of = |from: Option<Output>, path: &str| Copy {
            owner: copy.owner.as_ref().map(llb_owner),
            mode: mode.clone(),
            exclude: copy.exclude.clone(),
            follow_symlinks: copy.follow_links,
            wildcard: if copy.optional { Wildcard::MayBeEmpty } else { Wildcard::Required },
            ..Copy::dockerfile(from, clean_path(&format!("/{path}")), &dest)
        };
        if copy.parents {
            let one = |path: &String| {
                let (from, kept) = path.split_once(KEPT_FROM_HERE).unwrap_or(("", path));
                let kept = clean_path(&format!("/{kept}"));
                let include = (kept != "/").then(|| kept[1..].to_owned()).into_iter().collect();
                Copy { include, dest: folder(&dest), ..copy_of(source, from) }
            };
            let copies: Vec<Copy> = copy.sources.iter().map(one).collect();
            let at = (info, span);
            let actions = copies.into_iter().flat_map(|one| match copy.optional {
                true => self.optional_copy(one, state.root, at),
                false => self.required_copy(one, state.root, at),
            });
            return actions.collect();
        }
        let copies: Vec<FileAction> = copy.sources.iter().map(|path| copy_of(source, path).into()).collect();
        // A download always has a mode, even if the step sets none. The mode is for the file only, and not for new folders above
        // it.
        let is_download = matches!(copy.from, plan::Origin::Download(_));
        let above = copies.first().filter(|_| is_download).and_then(folders_of_copy);
        above.into_iter().chain(copies).collect()
    }
}

/// Returns actions that change nothing and contain the sources that are copied from the file system that the operation starts from.
/// The cache key of such a copy contains neither the folder of its source nor a digest of the content, so a copy of a file with the same
/// name would be the same step (`CacheMap` in `solver/llbsolver/ops/file.go`).
fn names_of_sources(actions: &[FileAction], base: Option<Output>) -> Vec<FileAction> {
    let sources = actions.iter().filter_map(|action| match action {
        FileAction::Copy(copy) if copy.source == base && base.is_some() => Some(&copy.src),
        _ => None,
    });
    let nothing = |source| Rm { allow_not_found: true, ..Rm::new(format!("/varve-none{source}")) }.into();
    sources.map(nothing).collect()
}

/// Parent folders before this mark are not kept (`COPY --parents`).
const KEPT_FROM_HERE: &str = "/./";

fn folder(dest: &str) -> String {
    format!("{}/", dest.trim_end_matches('/'))
}

pub(super) fn llb_owner(owner: &plan::Owner) -> Owner {
    Owner::parse(&owner.to_string())
}

fn owner_of(action: &FileAction) -> Option<&Owner> {
    match action {
        FileAction::Copy(copy) => copy.owner.as_ref(),
        FileAction::MkFile(file) => file.owner.as_ref(),
        FileAction::MkDir(dir) => dir.owner.as_ref(),
        FileAction::Symlink(link) => link.owner.as_ref(),
        // Removals. Lowering creates no other actions here.
        _ => None,
    }
}
