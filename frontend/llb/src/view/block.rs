//! One operation taken apart: what it is, what it builds on, and its fields that are not as by default.

use std::collections::BTreeMap;

use buildkit_proto::pb::{self, op::Op};
use prost::Message as _;

use super::text::{platform, short, word};
use super::{exec, file, metadata};
use crate::Digest;

/// One operation.
pub(super) struct Block {
    /// From 1, in the order of the definition.
    pub(super) number: usize,
    /// The digest of its bytes.
    pub(super) digest: String,
    /// What it is, in a word.
    pub(super) kind: &'static str,
    /// What it acts on.
    pub(super) subject: String,
    /// The name it is shown by, if it has one.
    pub(super) name: Option<String>,
    /// What it builds on, with the part it plays.
    pub(super) inputs: Vec<Edge>,
    /// A field to a line.
    pub(super) fields: Vec<String>,
}

/// An input of an operation.
#[derive(Clone)]
pub(super) struct Edge {
    /// The operation; none when the definition does not hold it.
    pub(super) from: Option<usize>,
    /// The input as text: `3`, `3:1` for another output than the first, or `missing ...`.
    pub(super) label: String,
}

/// All operations of a definition, in its order.
pub(super) fn blocks(definition: &pb::Definition) -> Vec<Block> {
    let digests: Vec<_> = definition.def.iter().map(|bytes| Digest::of(bytes).to_string()).collect();
    let numbers = digests.iter().enumerate().map(|(index, digest)| (digest.as_str(), index + 1)).collect();
    let last = digests.len();
    let all = definition.def.iter().zip(&digests).enumerate();
    all.map(|(index, (bytes, digest))| {
        let mut block = Block {
            number: index + 1,
            digest: short(digest).into(),
            kind: "unknown",
            subject: String::new(),
            name: None,
            inputs: Vec::new(),
            fields: Vec::new(),
        };
        match pb::Op::decode(bytes.as_slice()) {
            Ok(op) => block.fill(&op, &numbers, index + 1 == last),
            Err(error) => {
                block.kind = "undecodable";
                block.subject = format!("{} bytes ({error})", bytes.len());
            }
        }
        metadata::fill(&mut block, definition, digest);
        block
    })
    .collect()
}

impl Block {
    fn fill(&mut self, op: &pb::Op, numbers: &BTreeMap<&str, usize>, is_last: bool) {
        self.inputs = op.inputs.iter().map(|input| Edge::of(input, numbers)).collect();
        if let Some(of) = &op.platform {
            self.fields.push(format!("platform {}", platform(of)));
        }
        for filter in op.constraints.iter().flat_map(|constraints| &constraints.filter) {
            self.fields.push(format!("constraint {}", word(filter)));
        }
        match &op.op {
            None if is_last => {
                self.kind = "result";
                self.subject = self.list_inputs();
            }
            None => self.subject = "operation of a kind this release does not know".into(),
            Some(Op::Source(source)) => {
                self.kind = "source";
                self.subject = word(&source.identifier);
                let attributes = source.attrs.iter();
                self.fields.extend(attributes.map(|(key, value)| format!("{key} {}", word(value))));
            }
            Some(Op::Exec(exec)) => exec::fill(self, exec),
            Some(Op::File(file)) => file::fill(self, file),
            Some(Op::Build(_)) => {
                self.kind = "build";
                self.subject = self.list_inputs();
            }
            Some(Op::Merge(merge)) => {
                self.kind = "merge";
                let inputs: Vec<_> = merge.inputs.iter().map(|input| self.input(input.input)).collect();
                self.subject = inputs.join(" ");
            }
            Some(Op::Diff(diff)) => {
                self.kind = "diff";
                let side = |index: Option<i64>| index.map_or("nothing".into(), |index| self.input(index));
                let lower = side(diff.lower.map(|lower| lower.input));
                let upper = side(diff.upper.map(|upper| upper.input));
                self.subject = format!("{lower} -> {upper}");
            }
        }
    }

    /// An index into the inputs, as text; file actions number their results after the inputs.
    pub(super) fn input(&self, index: i64) -> String {
        match usize::try_from(index) {
            Err(_) if index == -1 => "scratch".into(),
            Err(_) => format!("invalid {index}"),
            Ok(index) => match self.inputs.get(index) {
                Some(edge) => edge.label.clone(),
                None => format!("action {}", index - self.inputs.len() + 1),
            },
        }
    }

    fn list_inputs(&self) -> String {
        let labels: Vec<_> = self.inputs.iter().map(|edge| edge.label.as_str()).collect();
        if labels.is_empty() { "nothing".into() } else { labels.join(" ") }
    }
}

impl Edge {
    fn of(input: &pb::Input, numbers: &BTreeMap<&str, usize>) -> Self {
        let from = numbers.get(input.digest.as_str()).copied();
        let operation = match from {
            Some(number) => number.to_string(),
            None => format!("missing {}", word(short(&input.digest))),
        };
        let label = match input.index {
            0 => operation,
            index => format!("{operation}:{index}"),
        };
        Self { from, label }
    }
}
