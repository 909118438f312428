//! What a patch makes of a tree: every change is applied in memory, in order (`check_patch_list` in `apply.c` of git).

use std::collections::{BTreeMap, BTreeSet};

use varve_archive::text_of;

use super::change::{Change, Content, FILE, LINK, noun};
use super::effort::Effort;
use super::fit;
use super::tree::{Found, Tree};

/// A file after a patch.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// The mode as git has it.
    pub(super) mode: u32,
    /// The content, or the target of a link.
    pub(super) content: Vec<u8>,
}

/// What is at a path after the changes so far.
#[derive(Debug)]
enum State {
    /// A later change deletes or renames what is there.
    ToBeDeleted,
    /// A change deleted or renamed it.
    Deleted,
    /// A change made this file.
    Made(File),
}

/// The results of a patch.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The files that are removed, in order, each with whether folders go that are empty after that.
    pub(super) removed: Vec<(Vec<u8>, bool)>,
    /// The files that are made.
    pub(super) made: BTreeMap<Vec<u8>, File>,
}

/// Applies all changes of a patch.
///
/// # Errors
/// A change does not fit. The error names the file.
pub(super) fn of(tree: &Tree<'_>, changes: &[Change<'_>], effort: &Effort) -> Result<Results, String> {
    let mut patching = Patching::new(tree, changes, effort)?;
    for change in changes {
        patching.change(change).map_err(|problem| format!("{}: {problem}", change.shown()))?;
    }
    let mut results = Results { removed: patching.removed, ..Results::default() };
    for (name, state) in patching.states {
        if let State::Made(file) = state {
            results.made.insert(name, file);
        }
    }
    Ok(results)
}

struct Patching<'t, 'r> {
    tree: &'t Tree<'r>,
    effort: &'t Effort,
    states: BTreeMap<Vec<u8>, State>,
    /// The links that the whole patch makes, and those that it removes.
    links_made: BTreeSet<Vec<u8>>,
    links_removed: BTreeSet<Vec<u8>>,
    removed: Vec<(Vec<u8>, bool)>,
}

impl<'t, 'r> Patching<'t, 'r> {
    fn new(tree: &'t Tree<'r>, changes: &[Change<'_>], effort: &'t Effort) -> Result<Self, String> {
        let (mut states, mut links_made, mut links_removed) =
            (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for change in changes {
            let checked = |path: &Option<Vec<u8>>| path.as_deref().map(Tree::inside).transpose();
            let problem = |problem: String| format!("line {}: {problem}", change.line);
            let (old, new) = (checked(&change.old).map_err(problem)?, checked(&change.new).map_err(problem)?);
            if let Some(old) = old.filter(|_| change.removes_old()) {
                if change.old_mode == Some(LINK) {
                    links_removed.insert(old.clone());
                }
                states.insert(old, State::ToBeDeleted);
            }
            if let Some(new) = new.filter(|_| change.new_mode == Some(LINK)) {
                links_made.insert(new);
            }
        }
        Ok(Self { tree, effort, states, links_made, links_removed, removed: Vec::new() })
    }

    fn change(&mut self, change: &Change<'_>) -> Result<(), String> {
        let old = change.old.as_deref().map(Tree::inside).transpose()?;
        let new = change.new.as_deref().map(Tree::inside).transpose()?;
        if let Some(old) = &old
            && !matches!(self.states.get(old), Some(State::Made(_)))
        {
            no_link_above(old, |folder| self.tree.is_link(folder))?;
        }
        if let Some(new) = &new {
            no_link_above(new, |folder| self.is_link_after(folder))?;
        }
        let before = self.before(change, old.as_deref())?;
        let is_made = before.is_none() || change.is_renamed || change.is_copied;
        if let Some(new) = new.as_deref().filter(|_| is_made) {
            self.is_free(new, change)?;
        }
        let old_mode = before.as_ref().map(|file| file.mode);
        let mode = change.new_mode.or(old_mode).unwrap_or(FILE);
        if let (Some(old_mode), true) = (old_mode, new.is_some())
            && (old_mode == LINK) != (mode == LINK)
        {
            return Err(format!("it is {}, and the patch makes it {}", noun(old_mode), noun(mode)));
        }
        let empty = Vec::new();
        let content = self.applied(change, before.as_ref().map_or(&empty, |file| &file.content))?;
        if new.is_none() && !content.is_empty() {
            return Err("the patch deletes the file, but not all of its lines".to_owned());
        }
        if let Some(old) = old.filter(|_| before.is_some() && !change.is_copied) {
            let removes = change.removes_old();
            self.removed.push((old.clone(), removes));
            if removes {
                self.states.insert(old, State::Deleted);
            }
        }
        if let Some(new) = new {
            self.states.insert(new, State::Made(File { mode, content }));
        }
        Ok(())
    }

    /// Returns the file before a change. `None` if the file is new.
    fn before(&self, change: &Change<'_>, old: Option<&[u8]>) -> Result<Option<File>, String> {
        let Some(old) = old else { return Ok(None) };
        // Renames and copies do not depend on other changes.
        let state = self.states.get(old).filter(|_| !change.is_renamed && !change.is_copied);
        let (mode, content) = match state {
            Some(State::Deleted) => {
                return Err("an earlier part of the patch deletes or renames it".to_owned());
            }
            Some(State::Made(file)) => (file.mode, Some(file.content.clone())),
            Some(State::ToBeDeleted) | None => match self.tree.look(old)? {
                Found::Nothing if change.is_new.is_none() => return Ok(None),
                Found::Nothing => return Err(self.missing(change)),
                Found::Folder => return Err("it is a folder, expected a file".to_owned()),
                Found::Other => return Err("it is a device, pipe or socket, expected a file".to_owned()),
                Found::File(mode) => (mode, None),
            },
        };
        if let Some(wanted) = change.old_mode.filter(|wanted| (*wanted == LINK) != (mode == LINK)) {
            return Err(format!("it is {}, expected {}", noun(mode), noun(wanted)));
        }
        let content = match content {
            Some(content) => content,
            None => self.tree.read(old, mode)?,
        };
        Ok(Some(File { mode, content }))
    }

    /// Says why a file is missing.
    fn missing(&self, change: &Change<'_>) -> String {
        let at_new = change.new.as_deref().filter(|_| change.is_renamed);
        let new = at_new.filter(|new| matches!(self.tree.look(new), Ok(Found::File(_))));
        match new {
            Some(new) => format!(
                "it does not exist, and {}, its new name, does; is the patch already applied?",
                text_of(new)
            ),
            None if change.is_deleted == Some(true) => {
                "it does not exist, and the patch deletes it; is the patch already applied?".to_owned()
            }
            None => "it does not exist".to_owned(),
        }
    }

    /// Reports a file that is where a change makes a new one.
    fn is_free(&self, new: &[u8], change: &Change<'_>) -> Result<(), String> {
        let shown = text_of(new);
        let mode = match self.states.get(new) {
            Some(State::ToBeDeleted | State::Deleted) => return Ok(()),
            Some(State::Made(_)) => return Err(format!("the patch makes {shown} twice")),
            None => match self.tree.look(new)? {
                // An empty folder gives way.
                Found::Nothing | Found::Folder => return Ok(()),
                Found::File(mode) => mode,
                Found::Other => return Err(format!("{shown} exists already")),
            },
        };
        let is_applied = change.old.is_none() && {
            let there = self.tree.read(new, mode)?;
            self.applied(change, &[]).is_ok_and(|content| content == there)
        };
        match is_applied {
            true => Err("the patch is already applied: the file exists, with the same content".to_owned()),
            false => Err(format!("{shown} exists already, and the patch makes it")),
        }
    }

    /// Returns the content of a file after a change.
    fn applied(&self, change: &Change<'_>, content: &[u8]) -> Result<Vec<u8>, String> {
        self.effort.spend(content.len() / 16)?;
        let applied = match &change.content {
            Content::Text(hunks) if hunks.is_empty() => return Ok(content.to_vec()),
            Content::Text(hunks) => {
                let applied = fit::apply(content, hunks, self.effort);
                applied.map_err(|problem| (problem, fit::is_applied(content, hunks, self.effort)))
            }
            Content::Binary(binary) => {
                binary.apply(content).map_err(|problem| (problem, binary.is_applied(content)))
            }
            Content::Differs => {
                return Err("the patch says only that a binary file differs, and not how; \
                            make it with `git diff --binary` or `git format-patch`"
                    .to_owned());
            }
        };
        applied.map_err(|(problem, is_applied)| match is_applied {
            true => "the patch is already applied: the file has its changes".to_owned(),
            false => problem,
        })
    }

    /// Whether there is a symbolic link at a path after the whole patch.
    fn is_link_after(&self, folder: &[u8]) -> Result<bool, String> {
        Ok(self.links_made.contains(folder)
            || (!self.links_removed.contains(folder) && self.tree.is_link(folder)?))
    }
}

/// Reports a symbolic link above a path.
fn no_link_above(name: &[u8], is_link: impl Fn(&[u8]) -> Result<bool, String>) -> Result<(), String> {
    for folder in Tree::above(name) {
        if is_link(folder)? {
            let (name, folder) = (text_of(name), text_of(folder));
            return Err(format!(
                "{name} is behind the symbolic link {folder}, and a patch does not follow links"
            ));
        }
    }
    Ok(())
}
