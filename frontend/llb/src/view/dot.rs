//! The view of a definition for Graphviz.

use super::{summarize::summarize, summary::Summary};
use crate::Definition;

/// Renders a definition in the language of Graphviz.
///
/// Every operation is a node, labelled with its name or with what it does. Every input is an edge, labelled with the output index
/// unless it is 0. The numbers of the nodes are those of [`dump`](crate::dump). A missing input is a node of its own.
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

/// The label of a node: the number, and the shortened name of the operation or what it does.
fn label(summary: &Summary) -> String {
    const LONGEST: usize = 80;
    let full = match &summary.name {
        Some(name) => name.clone(),
        None if summary.kind == "file" => summary.fields.join("\n"),
        None => format!("{} {}", summary.kind, summary.subject),
    };
    let mut shown: String = full.chars().take(LONGEST).collect();
    if shown.len() < full.len() {
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

/// Quotes a string for Graphviz. Quotes and backslashes are escaped, and line breaks become `\n`.
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
