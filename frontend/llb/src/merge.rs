//! Merge and diff: combining and comparing file systems without copying files.

use crate::Output;
use crate::capability::{Capability, CapabilitySet};
use crate::encode::{Encode, Inputs, encode_constraints};
use crate::writer::Writer;

/// Merges file systems; later ones lie on top of earlier ones (`MergeOp` in solver/pb/ops.proto).
///
/// A merge has at least two inputs. [`Graph::merge`](crate::Graph::merge) takes any number, including scratch. If several
/// inputs have the same folder, the result has the owner and the mode of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The lowest file system.
    pub first: Output,
    /// The file system on top of `first`.
    pub second: Output,
    /// The file systems on top of `second`, from bottom to top.
    pub rest: Vec<Output>,
}

impl Encode for Merge {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_constraints(writer);
        writer.message(6, |w| {
            for input in [self.first, self.second].iter().chain(&self.rest) {
                // A merge lists an input again when it occurs again; other operations list it once (client/llb/merge.go).
                let index = inputs.push(*input);
                w.message(1, |w| w.int(1, index));
            }
        });
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::Merge].into_iter().collect()
    }
}

/// Computes the changes that lead from `lower` to `upper` (`DiffOp` in solver/pb/ops.proto).
///
/// `lower` is never scratch, because the result would be `upper` itself. [`Graph::diff`](crate::Graph::diff) handles both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The file system to compare with.
    pub lower: Output,
    /// The file system whose changes are wanted.
    pub upper: Option<Output>,
}

impl Encode for Diff {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_constraints(writer);
        // Both inputs are listed, even if they are the same (client/llb/diff.go).
        let lower = inputs.push(self.lower);
        let upper = self.upper.map_or(-1, |upper| inputs.push(upper));
        writer.message(7, |w| {
            w.message(1, |w| w.int(1, lower));
            w.message(2, |w| w.int(1, upper));
        });
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::Diff].into_iter().collect()
    }
}
