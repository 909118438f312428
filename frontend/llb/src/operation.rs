//! The operations that a graph is made of, and what each of them gives to the graph.

use crate::capability::CapabilitySet;
use crate::wire::Writer;
use crate::{
    BlobSource, Diff, Digest, Exec, File, GitSource, HttpSource, ImageSource, LocalSource, Merge,
    OciLayoutSource, Output,
};

/// One operation: what BuildKit does to make one or more file systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An image of a registry.
    Image(ImageSource),
    /// A folder of the client.
    Local(LocalSource),
    /// A git repository.
    Git(GitSource),
    /// A download.
    Http(HttpSource),
    /// An image in a store of the client.
    OciLayout(OciLayoutSource),
    /// A single blob of a registry or of a store of the client.
    Blob(BlobSource),
    /// A process.
    Exec(Exec),
    /// File actions.
    File(File),
    /// Several file systems laid over each other.
    Merge(Merge),
    /// What one file system has over another.
    Diff(Diff),
}

macro_rules! operations {
    ($($variant:ident $name:ident)*) => {
        $(impl From<$name> for Operation {
            fn from(operation: $name) -> Self {
                Self::$variant(operation)
            }
        })*

        impl Operation {
            pub(crate) fn as_encode(&self) -> &dyn Encode {
                match self { $(Self::$variant(operation) => operation),* }
            }
        }
    };
}

operations! {
    Image ImageSource
    Local LocalSource
    Git GitSource
    Http HttpSource
    OciLayout OciLayoutSource
    Blob BlobSource
    Exec Exec
    File File
    Merge Merge
    Diff Diff
}

/// What the graph asks of an operation.
pub(crate) trait Encode {
    /// The outputs it builds on, in the order of `Op.inputs`.
    fn inputs(&self) -> Vec<Output> {
        Vec::new()
    }

    /// The fields of `Op` that come after the inputs: platform (10), constraints (11), and the member of the oneof, which
    /// Go writes last whatever its number.
    fn encode(&self, inputs: &[Output], writer: &mut Writer);

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
/// client/llb/marshal.go).
pub(crate) fn encode_constraints(writer: &mut Writer) {
    writer.message(11, |_| {});
}

/// The index of an input in the list that [`Encode::inputs`] gave; -1 stands for scratch.
pub(crate) fn position(inputs: &[Output], output: Option<Output>) -> i64 {
    output
        .and_then(|output| inputs.iter().position(|input| *input == output))
        .map_or(-1, |index| index as i64)
}

/// Adds an input unless it is scratch or already there.
pub(crate) fn push_input(inputs: &mut Vec<Output>, output: Option<Output>) {
    if let Some(output) = output
        && !inputs.contains(&output)
    {
        inputs.push(output);
    }
}
