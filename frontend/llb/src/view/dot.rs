//! Definitions as graphs.

use super::{summarize::summarize, summary::Summary};
use crate::Definition;

/// A definition in the language of Graphviz: a node per operation, labelled with its name or what it does, and an edge from
/// each input, labelled with the output where it is not the first.
///
/// Nodes are numbered as in [`dump`](crate::dump); inputs that are missing get a node of their own.
#[must_use]
pub fn dot(definition: &Definition) -> String {
    let mut text = String::from("digraph {\n    node [shape=box];\n");
    for summary in summarize(definition) {
        let number = summary.number;
        text += &format!("    {number} [label={}{}];\n", quoted(&label(&summary)), style(summary.kind));
        for (index, edge) in summary.inputs.iter().enumerate() {
            match edge.from {
                Some(from) => {
                    let output = edge
                        .label
                        .split_once(':')
                        .map_or(String::new(), |(_, output)| format!(" [label={}]", quoted(output)));
                    text += &format!("    {from} -> {number}{output};\n");
                }
                None => {
                    let missing = format!("m{number}_{index}");
                    text += &format!("    {missing} [label={}, style=dashed];\n", quoted(&edge.label));
                    text += &format!("    {missing} -> {number};\n");
                }
            }
        }
    }
    text + "}\n"
}

/// The number, and the name or else what the operation does, shortened.
fn label(summary: &Summary) -> String {
    const LONGEST: usize = 80;
    let doing = match &summary.name {
        Some(name) => name.clone(),
        None if summary.kind == "file" => summary.fields.join("\n"),
        None => format!("{} {}", summary.kind, summary.subject),
    };
    let mut shown: String = doing.chars().take(LONGEST).collect();
    if shown.len() < doing.len() {
        shown.push('…');
    }
    format!("{}: {shown}", summary.number)
}

fn style(kind: &str) -> &'static str {
    match kind {
        "source" => ", style=rounded",
        "merge" | "diff" => ", shape=trapezium",
        "result" => ", shape=plaintext",
        "undecodable" | "unknown" => ", style=dashed",
        _ => "",
    }
}

/// A string of Graphviz: in quotes, with the two characters escaped that mean something there, and line breaks as `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        for (text, expect) in [
            ("a", r#""a""#),
            ("a\"b", r#""a\"b""#),
            ("a\\", r#""a\\""#),
            ("a\nb\tc", r#""a\nb c""#),
            ("<x>&", r#""<x>&""#),
        ] {
            assert_eq!(quoted(text), expect);
        }
    }
}
