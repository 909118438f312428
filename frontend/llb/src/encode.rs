//! The interface between the graph and the kinds of operations.

use crate::capability::CapabilitySet;
use crate::writer::Writer;
use crate::{Digest, Output, Platform};

/// What a kind of operation implements, so that a graph can hold it.
pub(crate) trait Encode {
    /// Encodes the fields of `Op` that come after the inputs: platform (10), constraints (11), and the member of the oneof `op`,
    /// which Go writes last whatever its number. The method adds the inputs of the operation to `inputs`.
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer);

    /// Returns the capabilities that the operation requires of the daemon.
    fn capabilities(&self) -> CapabilitySet;

    /// Returns where the root file system after the operation is found.
    fn root(&self) -> Root {
        Root::FirstOutput
    }
}

/// Where the root file system after an operation is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    FirstOutput,
    /// A step with a read-only root does not change it.
    Unchanged(Option<Output>),
}

/// Encodes one input: field 1 of `Op`.
pub(crate) fn encode_input(digest: &Digest, index: u32, writer: &mut Writer) {
    writer.message(1, |w| {
        w.element(1, &[&digest.text()]);
        w.uint(2, u64::from(index));
    });
}

/// Encodes the platform that an operation is for: field 10 of `Op`.
///
/// Executed steps and images have one; other sources, file actions, merge and diff are the same on every platform
/// (`platformSpecificSource` in client/llb/source.go).
pub(crate) fn encode_platform(platform: &Platform, writer: &mut Writer) {
    writer.message(10, |w| {
        w.string(1, platform.architecture());
        w.string(2, platform.os());
        w.string(3, platform.variant());
        w.string(4, platform.os_version());
        w.strings(5, platform.os_features());
    });
}

/// Encodes the constraints, field 11 of `Op`. They are empty, but BuildKit's client always sends them (`MarshalConstraints` in
/// client/llb/marshal.go). The member of the oneof `op` follows.
pub(crate) fn encode_constraints(writer: &mut Writer) {
    writer.message(11, |_| {});
    writer.start_op();
}

/// The inputs of an operation, in the order of `Op.inputs`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    list: Vec<Output>,
}

impl Inputs {
    /// Returns the index of an output, and adds the output if it is missing. The index of scratch is -1.
    pub(crate) fn index(&mut self, output: Option<Output>) -> i64 {
        let Some(output) = output else { return -1 };
        match self.list.iter().position(|input| *input == output) {
            Some(index) => index as i64,
            None => self.push(output),
        }
    }

    /// Adds an output, even one that is listed already, and returns its index. Merge and diff need this.
    pub(crate) fn push(&mut self, output: Output) -> i64 {
        self.list.push(output);
        self.list.len() as i64 - 1
    }

    /// Returns the list.
    pub(crate) fn as_slice(&self) -> &[Output] {
        &self.list
    }

    /// Empties the list and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }
}
