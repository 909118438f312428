//! Steps that change files without a process: one file operation each.

use buildkit_llb::{
    Action as FileAction, Copy, File, Metadata, MkDir, Mode, Output, Owner, Rm, Symlink, Vertex, Wildcard,
};
use varve_spec::plan::{self, Action, Extract, Step};
use varve_spec::{Code, Diagnostic, Span};

use super::exact::folders_of_copy;
use super::{Lowerer, Place, State, name};
use crate::image_config::config::join_path;
use crate::request::epoch::Epoch;
use crate::util::paths::clean_path;

impl Lowerer<'_, '_> {
    /// The operation of a step on files. Nothing when the step is none, or a finding was made.
    pub(super) fn files(&mut self, place: &Place<'_>, step: &Step, state: &State) -> Option<Vertex> {
        let owner = |owner: &Option<plan::Owner>| owner.as_ref().map(llb_owner);
        let actions: Vec<FileAction> = match &step.action {
            Action::Copy(copy) => self.copies(place, step.span, copy, state),
            Action::File { path, content, owner: by, mode } => {
                self.exact_file((path, step.span), content, owner(by), *mode)
            }
            Action::Dir { path, owner: by, mode } => self.exact_dir((path, step.span), owner(by), *mode),
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
        let actions: Vec<FileAction> = actions.into_iter().map(|action| self.dated(action)).collect();
        let link = matches!(&step.action, Action::Copy(copy) if copy.link);
        let named = actions.iter().any(|action| owner_of(action).is_some_and(Owner::has_name));
        if named && (state.root.is_none() || link) {
            let what = if link { "a copy with `link: true`" } else { "the stage starts from nothing" };
            self.no_passwd(step, what);
            return None;
        }
        if link && self.facts.merge {
            return self.linked(place, step, actions, state);
        }
        File::chain(state.root, actions).map(|file| self.graph.add(file))
    }

    /// What a step makes has the time of the build, where there is one; what it copies keeps its own, as with a Dockerfile.
    pub(super) fn dated(&self, mut action: FileAction) -> FileAction {
        let time = self.facts.settings.epoch.map(Epoch::timestamp);
        match &mut action {
            FileAction::MkFile(file) => file.timestamp = time,
            FileAction::MkDir(dir) => dir.timestamp = time,
            FileAction::Symlink(link) => link.timestamp = time,
            // Copies and removals; lowering makes no other.
            _ => {}
        }
        action
    }

    /// Copies that are a layer of their own, laid over what there is (`COPY --link`, dockerfile2llb/convert_copy.go).
    fn linked(
        &mut self,
        place: &Place<'_>,
        step: &Step,
        actions: Vec<FileAction>,
        state: &State,
    ) -> Option<Vertex> {
        let above = actions.first().and_then(folders_of_copy).map(|folders| self.dated(folders));
        let actions = above.into_iter().chain(actions).collect();
        let file = self.graph.add(File::chain(None, actions)?);
        let alone = self.graph.root(file);
        let Some(base) = state.root else { return Some(file) };
        let name = format!("[{}] link {}", self.prefix(place.stage), name::of_step(&step.action));
        let metadata = place.metadata(name);
        let ignore_cache = metadata.ignore_cache || step.no_cache;
        self.graph.describe(file, Metadata { ignore_cache, ..metadata });
        self.locate(file, step.span);
        self.graph.merge(&[Some(base), alone]).map(|output| output.vertex)
    }

    /// Makes the working directory; it belongs to the user (`dispatchWorkdir` in dockerfile2llb/convert.go).
    pub(super) fn workdir(&mut self, step: &Step, state: &State) -> Option<Vertex> {
        if state.config.workdir == "/" {
            return None;
        }
        let user = Some(state.config.user.as_str()).filter(|user| !user.is_empty() && *user != "root");
        let owner = user.map(Owner::parse);
        if state.root.is_none() && owner.as_ref().is_some_and(Owner::has_name) {
            self.no_passwd(step, "the stage starts from nothing");
            return None;
        }
        let mkdir = MkDir { owner, ..MkDir::new(&state.config.workdir) };
        Some(self.graph.add(File::new(state.root, self.dated(mkdir.into()))))
    }

    fn no_passwd(&mut self, step: &Step, what: &str) {
        let error = Diagnostic::error(Code::BadValue, step.span, format!("an owner by name, but {what}"));
        let error = error.label("there is no /etc/passwd to find it in");
        self.found.push(error.help("write numbers, such as `1000:1000`"));
    }

    fn copies(&mut self, place: &Place<'_>, span: Span, copy: &plan::Copy, state: &State) -> Vec<FileAction> {
        let source = self.origin(&copy.from, place, span);
        let mut dest = join_path(&state.config.workdir, &copy.to);
        if (copy.to.ends_with('/') || copy.to == "." || copy.sources.len() > 1) && !dest.ends_with('/') {
            dest.push('/');
        }
        let mode = copy.mode.as_ref().map(|mode| match mode {
            plan::Mode::Bits(bits) => Mode::Bits(*bits),
            plan::Mode::Changes(changes) => Mode::Symbolic(changes.clone()),
        });
        let plain = |from: Option<Output>, path: &str| Copy {
            owner: copy.owner.as_ref().map(llb_owner),
            mode: mode.clone(),
            exclude: copy.exclude.clone(),
            follow_symlinks: copy.follow_links,
            wildcard: if copy.optional { Wildcard::MayBeEmpty } else { Wildcard::Required },
            ..Copy::dockerfile(from, clean_path(&format!("/{path}")), &dest)
        };
        if let Some(extract) = &copy.extract {
            let unpack =
                Copy { unpack: true, ..Copy::dockerfile(source, format!("/{}", copy.sources[0]), "/") };
            if *extract == Extract::default() {
                return vec![
                    Copy { dest: folder(&dest), mode, owner: copy.owner.as_ref().map(llb_owner), ..unpack }
                        .into(),
                ];
            }
            let unpacked = self.graph.add(File::new(None, unpack));
            let name = format!("[{}] extract {}", self.prefix(place.stage), copy.sources[0]);
            self.graph.describe(unpacked, place.metadata(name));
            let (path, include) = taken_out(extract);
            return vec![
                Copy { include, dest: folder(&dest), ..plain(self.graph.root(unpacked), &path) }.into(),
            ];
        }
        if copy.parents {
            let one = |path: &String| {
                // The part before `/./` is left out of what is kept (`COPY --parents`).
                let (from, kept) = path.split_once("/./").unwrap_or(("", path));
                let include = vec![clean_path(kept.trim_start_matches('/'))];
                Copy { include, dest: folder(&dest), wildcard: Wildcard::MayBeEmpty, ..plain(source, from) }
                    .into()
            };
            return copy.sources.iter().map(one).collect();
        }
        let copies: Vec<FileAction> = copy.sources.iter().map(|path| plain(source, path).into()).collect();
        // The mode of a download is meant for the file, and stands there even when nobody wrote one.
        let is_download = matches!(copy.from, plan::Origin::Download(_));
        let above = copies.first().filter(|_| is_download).and_then(folders_of_copy);
        above.into_iter().chain(copies).collect()
    }
}

fn folder(dest: &str) -> String {
    format!("{}/", dest.trim_end_matches('/'))
}

/// The path of an unpacked archive whose contents are taken, and the patterns below it: with two folders stripped,
/// `*/bin/tool` is `tool` below `*/bin`.
pub(crate) fn taken_out(extract: &Extract) -> (String, Vec<String>) {
    let only = extract.only.as_deref().map(|only| only.trim_start_matches("./").trim_matches('/'));
    let parts: Vec<&str> = only.map(|only| only.split('/').collect()).unwrap_or_default();
    let front = (0..extract.strip).map(|index| parts.get(index).copied().unwrap_or("*"));
    let front = front.collect::<Vec<_>>().join("/");
    let rest = parts.get(extract.strip..).unwrap_or_default().join("/");
    (front, if rest.is_empty() { Vec::new() } else { vec![rest] })
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
        // Removals; lowering makes no other.
        _ => None,
    }
}
