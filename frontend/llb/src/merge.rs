//! Merge and diff: file systems put together and taken apart without copying.

use crate::Output;
use crate::capability::{Capability, CapabilitySet};
use crate::encode::{Encode, Inputs, encode_constraints};
use crate::writer::Writer;

/// File systems laid over each other, later ones on top; solver/pb/ops.proto `MergeOp`.
///
/// There are always two at least; [`Graph::merge`](crate::Graph::merge) takes any number, scratch among them. A folder
/// that several of them have gets the owner and mode of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The lowest.
    pub first: Output,
    /// The one above.
    pub second: Output,
    /// What lies on top of these, in this order.
    pub rest: Vec<Output>,
}

impl Encode for Merge {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_constraints(writer);
        writer.message(6, |w| {
            for input in [self.first, self.second].iter().chain(&self.rest) {
                // Unlike those of other operations, the inputs of a merge may repeat (client/llb/merge.go).
                let index = inputs.push(*input);
                w.message(1, |w| w.int(1, index));
            }
        });
    }

    fn capabilities(&self) -> CapabilitySet {
        [Capability::Merge].into_iter().collect()
    }
}

/// What `upper` has over `lower`; solver/pb/ops.proto `DiffOp`.
///
/// Over scratch that would be `upper` itself, so `lower` is never scratch; [`Graph::diff`](crate::Graph::diff) takes
/// both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// What to take away.
    pub lower: Output,
    /// What to take it from.
    pub upper: Option<Output>,
}

impl Encode for Diff {
    fn encode(&self, inputs: &mut Inputs, writer: &mut Writer) {
        encode_constraints(writer);
        // Both are listed even when they are the same (client/llb/diff.go).
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
