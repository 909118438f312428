//! Summarises the operations of a definition.

use std::collections::BTreeMap;

use buildkit_names::map_of;
use buildkit_proto::pb::{self, op::Op};
use prost::Message as _;

use super::summary::{Edge, Summary};
use super::text::{platform, short, word};
use super::{exec, file, metadata};
use crate::Digest;

/// Summarises all operations of a definition, in its order.
pub(super) fn summarize(definition: &pb::Definition) -> Vec<Summary> {
    let digests: Vec<_> = definition.def.iter().map(|bytes| Digest::of(bytes).to_string()).collect();
    let numbers = map_of(digests.iter().enumerate().map(|(index, digest)| (digest.as_str(), index + 1)));
    let last = digests.len();
    let all = definition.def.iter().zip(&digests).enumerate();
    all.map(|(index, (bytes, digest))| {
        let mut summary = Summary {
            number: index + 1,
            digest: short(digest).into(),
            kind: "unknown",
            subject: String::new(),
            name: None,
            inputs: Vec::new(),
            fields: Vec::new(),
        };
        match pb::Op::decode(bytes.as_slice()) {
            Ok(op) => fill(&mut summary, &op, &numbers, index + 1 == last),
            Err(error) => {
                summary.kind = "undecodable";
                summary.subject = format!("{} bytes ({error})", bytes.len());
            }
        }
        metadata::fill(&mut summary, definition, digest);
        summary.redact();
        summary
    })
    .collect()
}

fn fill(summary: &mut Summary, op: &pb::Op, numbers: &BTreeMap<&str, usize>, is_last: bool) {
    summary.inputs = op.inputs.iter().map(|input| Edge::of(input, numbers)).collect();
    if let Some(of) = &op.platform {
        summary.fields.push(format!("platform {}", platform(of)));
    }
    for filter in op.constraints.iter().flat_map(|constraints| &constraints.filter) {
        summary.fields.push(format!("constraint {}", word(filter)));
    }
    match &op.op {
        None if is_last => {
            summary.kind = "result";
            summary.subject = summary.list_inputs();
        }
        None => summary.subject = "operation of a kind this release does not know".into(),
        Some(Op::Source(source)) => {
            summary.kind = "source";
            summary.subject = word(&source.identifier);
            let attributes = source.attrs.iter();
            summary.fields.extend(attributes.map(|(key, value)| format!("{key} {}", word(value))));
        }
        Some(Op::Exec(exec)) => exec::fill(summary, exec),
        Some(Op::File(file)) => file::fill(summary, file),
        Some(Op::Build(_)) => {
            summary.kind = "build";
            summary.subject = summary.list_inputs();
        }
        Some(Op::Merge(merge)) => {
            summary.kind = "merge";
            let inputs: Vec<_> = merge.inputs.iter().map(|input| summary.input(input.input)).collect();
            summary.subject = inputs.join(" ");
        }
        Some(Op::Diff(diff)) => {
            summary.kind = "diff";
            let side = |index: Option<i64>| index.map_or("nothing".into(), |index| summary.input(index));
            let lower = side(diff.lower.map(|lower| lower.input));
            let upper = side(diff.upper.map(|upper| upper.input));
            summary.subject = format!("{lower} -> {upper}");
        }
    }
}
