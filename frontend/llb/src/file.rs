//! File operations, which run without a process.
//!
//! A file operation is a `FileOp` of solver/pb/ops.proto, encoded as client/llb/fileop.go encodes it.

mod action;
mod copy;
mod encode;
mod owner;
mod timestamp;

pub use action::{Action, MkDir, MkFile, Rm, Symlink};
pub use copy::{Copy, Mode, Wildcard};
pub use owner::{Owner, Principal};
pub use timestamp::Timestamp;

use crate::Output;

/// A sequence of file actions. The first action starts from the base, each further one from the result of the one before it.
/// The result of the sequence is one layer.
///
/// ```
/// # use buildkit_llb::{Copy, File, Graph, MkDir, MkFile};
/// let mut graph = Graph::new();
/// let files = graph.add(File::new(None, MkDir::new("/etc")).then(MkFile::new("/etc/motd", "hello\n")));
/// let copy = graph.add(File::new(None, Copy::new(Some(files.output(0)), "/etc/motd", "/")));
/// assert_eq!(graph.inputs(copy), [files.output(0)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The file system that the first action starts from.
    pub base: Option<Output>,
    /// The file system in which the names of owners are looked up. `None` for the base. The operation then depends on the accounts of
    /// another file system, by the content of its `/etc/passwd` and `/etc/group`.
    pub accounts: Option<Output>,
    actions: Vec<Action>,
}

impl File {
    /// Creates an operation with one action.
    #[must_use]
    pub fn new(base: Option<Output>, action: impl Into<Action>) -> Self {
        Self { base, accounts: None, actions: vec![action.into()] }
    }

    /// Creates an operation with several actions. `None` if the list is empty.
    #[must_use]
    pub fn chain(base: Option<Output>, actions: Vec<Action>) -> Option<Self> {
        (!actions.is_empty()).then_some(Self { base, accounts: None, actions })
    }

    /// Appends an action.
    #[must_use]
    pub fn then(mut self, action: impl Into<Action>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Returns the actions that copy.
    pub(crate) fn copies_mut(&mut self) -> impl Iterator<Item = &mut Copy> {
        self.actions.iter_mut().filter_map(|action| match action {
            Action::Copy(copy) => Some(copy),
            _ => None,
        })
    }

    /// Returns the actions in order. The list is never empty.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }
}
