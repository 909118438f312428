//! File actions without a process. `FileOp` of solver/pb/ops.proto, written as client/llb/fileop.go writes it.

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

/// Actions one after the other, the first on a base; their result is one layer.
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
    /// What the first action starts from, and where names of owners are looked up.
    pub base: Option<Output>,
    actions: Vec<Action>,
}

impl File {
    /// One action on a base.
    #[must_use]
    pub fn new(base: Option<Output>, action: impl Into<Action>) -> Self {
        Self { base, actions: vec![action.into()] }
    }

    /// Several actions on a base; none when there are none.
    #[must_use]
    pub fn chain(base: Option<Output>, actions: Vec<Action>) -> Option<Self> {
        (!actions.is_empty()).then_some(Self { base, actions })
    }

    /// One action more.
    #[must_use]
    pub fn then(mut self, action: impl Into<Action>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// The actions in order; never empty.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }
}
