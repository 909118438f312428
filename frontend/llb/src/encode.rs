//! What each kind of operation gives to the graph: its bytes, its inputs, its needs.

use crate::capability::CapabilitySet;
use crate::writer::Writer;
use crate::{Digest, Output};

/// What the graph asks of an operation.
pub(crate) trait Encode {
    /// The fields of `Op` that come after the inputs: platform (10), constraints (11), and the member of the oneof, which
    /// Go writes last whatever its number. What the operation builds on is added to the inputs on the way.
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer);

    /// What the daemon must be able to do.
    fn capabilities(&self) -> CapabilitySet;

    /// The file system it leaves at `/`, where that is not its first output.
    fn root(&self) -> Root {
        Root::FirstOutput
    }
}

/// Where the root file system of an operation is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    FirstOutput,
    /// A step with a read-only root leaves what it was given.
    Unchanged(Option<Output>),
}

/// Field 1 of `Op`: one input.
pub(crate) fn encode_input(digest: &Digest, index: u32, writer: &mut Writer) {
    writer.message(1, |w| {
        w.element(1, &[&digest.text()]);
        w.uint(2, u64::from(index));
    });
}

/// Field 11 of `Op`: the client of BuildKit always sends constraints, though there are none (`MarshalConstraints` in
/// client/llb/marshal.go). The member of the oneof `op` starts after it.
pub(crate) fn encode_constraints(writer: &mut Writer) {
    writer.message(11, |_| {});
    writer.start_op();
}

/// The outputs that an operation builds on, in the order of `Op.inputs`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    list: Vec<Output>,
}

impl Inputs {
    /// The index of an output, which is added unless it is there; -1 for scratch.
    pub(crate) fn index(&mut self, output: Option<Output>) -> i64 {
        let Some(output) = output else { return -1 };
        match self.list.iter().position(|input| *input == output) {
            Some(index) => index as i64,
            None => self.push(output),
        }
    }

    /// Adds an output even if it is there, as merge and diff do; its index.
    pub(crate) fn push(&mut self, output: Output) -> i64 {
        self.list.push(output);
        self.list.len() as i64 - 1
    }

    /// The list as it is.
    pub(crate) fn as_slice(&self) -> &[Output] {
        &self.list
    }

    /// Forgets the list, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }
}
