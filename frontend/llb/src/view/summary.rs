//! The summary of one operation, which all views but the JSON of BuildKit are made from.

use std::collections::BTreeMap;

use buildkit_names::redacted;
use buildkit_proto::pb;

use super::text::{short, word};

/// The summary of an operation.
pub(super) struct Summary {
    /// The number, counted from 1 in the order of the definition.
    pub(super) number: usize,
    /// The first digits of the digest.
    pub(super) digest: String,
    /// The kind of the operation, such as `exec`.
    pub(super) kind: &'static str,
    /// What the operation acts on, such as the command of a step.
    pub(super) subject: String,
    /// The name in the progress display.
    pub(super) name: Option<String>,
    /// The inputs.
    pub(super) inputs: Vec<Edge>,
    /// One line for each field that does not have its default value.
    pub(super) fields: Vec<String>,
}

/// An input of an operation.
#[derive(Clone)]
pub(super) struct Edge {
    /// The number of the operation. `None` if the definition does not contain it.
    pub(super) from: Option<usize>,
    /// The input as text: `3` for the first output of operation 3, `3:1` for its second, or `missing` and a digest.
    pub(super) label: String,
}

impl Summary {
    /// Replaces the passwords of URLs in all texts: a summary is for people.
    pub(super) fn redact(&mut self) {
        for text in [&mut self.subject].into_iter().chain(&mut self.name).chain(&mut self.fields) {
            *text = redacted(text).into_owned();
        }
    }

    /// Describes an index into the inputs. In a file operation, the results of actions are numbered after the inputs.
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
