//! One operation of a definition, described.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use super::text::{short, word};

/// One operation.
pub(super) struct Summary {
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

impl Summary {
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

    pub(super) fn list_inputs(&self) -> String {
        let labels: Vec<_> = self.inputs.iter().map(|edge| edge.label.as_str()).collect();
        if labels.is_empty() { "nothing".into() } else { labels.join(" ") }
    }
}

impl Edge {
    pub(super) fn of(input: &pb::Input, numbers: &BTreeMap<&str, usize>) -> Self {
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
