//! Renders diagnostics for people and for programs.

pub(crate) mod github;
pub(crate) mod sarif;

use serde_json::{Value, json};
use varve_spec::{Diagnostic, Position, Sources, Span};

use crate::paint;

/// Renders diagnostics as excerpts of their files, with an empty line between two of them.
pub(crate) fn text(found: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let excerpts = found.iter().map(|found| paint::excerpt(&found.excerpt(sources), colour));
    excerpts.collect::<Vec<_>>().join("\n")
}

/// Renders diagnostics as JSON, with one object for each.
pub(crate) fn json(found: &[Diagnostic], sources: &Sources) -> Vec<Value> {
    let found = found.iter().map(|found| {
        let mut json = json!({
            "rule": found.code.name(),
            "severity": if found.is_error() { "error" } else { "warning" },
            "message": found.message,
            "label": found.label,
            "help": found.help,
            "place": place(found.span, sources),
        });
        let related = found.related.iter().map(|(span, part)| {
            let mut place = place(*span, sources);
            place["message"] = json!(part);
            place
        });
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            json["related"] = json!(related);
        }
        json
    });
    found.collect()
}

/// The text of a diagnostic where nothing shows its place: message, label and help, one line each.
fn message(found: &Diagnostic) -> String {
    let help = found.help.iter().map(|help| format!("help: {help}"));
    let lines: Vec<String> =
        std::iter::once(found.message.clone()).chain(found.label.clone()).chain(help).collect();
    lines.join("\n")
}

fn place(span: Span, sources: &Sources) -> Value {
    let (start, end) = sources.range(span);
    let position = |at: Position| json!({"line": at.line, "column": at.column});
    json!({"file": sources.get(span.source).name(), "start": position(start), "end": position(end)})
}
