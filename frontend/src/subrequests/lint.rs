//! `frontend.lint`: lints the whole matrix. The answer has the format that Docker's clients know (`frontend/subrequests/lint`).
//!
//! Every diagnostic is an entry of `warnings`, even an error, because clients print only one `buildError`. Clients know version
//! 1.0.0 of the format. varve states a later version, so they print its text, which marks errors and warnings and shows the help.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_gateway::{SourceRange, Status};
use serde_json::{Value, json};
use varve_spec::{Diagnostic, Source, Sources, check};

use super::{Answer, FileRequest, location};

/// A version later than the one that clients know, so that they print varve's text.
pub(super) const VERSION: &str = "1.0.1";

#[expect(clippy::unnecessary_wraps, reason = "the table of subrequests has some that can fail")]
pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let sources = request.sources;
    let linted = check(request.reading, sources, request.query, request.directive);
    let warnings: Vec<Value> = linted.found.iter().map(|diagnostic| warning(diagnostic, sources)).collect();
    let mut json = json!({
        "warnings": warnings,
        "sources": sources.iter().map(source).collect::<Vec<_>>(),
    });
    let first = linted.found.iter().find(|diagnostic| diagnostic.is_error());
    if let (None, Some(first), Some(map)) = (&request.reading.family, first, json.as_object_mut()) {
        let count = linted.found.iter().filter(|diagnostic| diagnostic.is_error()).count();
        let errors = if count == 1 { "an error".to_owned() } else { format!("{count} errors; the first is") };
        let message = format!("the build file has {errors}: {}", first.message);
        map.insert(
            "buildError".to_owned(),
            json!({"message": message, "location": location(first.span, sources)}),
        );
    }
    let excerpts: Vec<String> = linted.found.iter().map(|diagnostic| diagnostic.excerpt(sources)).collect();
    let mut text = excerpts.join("\n");
    if let (Some(variants), false) = (linted.variants, text.is_empty()) {
        let plural = if variants == 1 { "" } else { "s" };
        text += &format!("\n{variants} variant{plural} checked\n");
    }
    let status = u8::from(!linted.found.is_empty());
    Ok(Answer { json, text, status: Some(status), ..Answer::default() })
}

/// Returns the answer if a file cannot be loaded. `None` if the failure has no place in a file.
pub(super) fn of_failure(status: &Status) -> Option<Answer> {
    let places = status.sources();
    let SourceRange { file, ranges } = places.first()?;
    let range = ranges.first().map(|range| {
        json!({
            "start": {"line": range.start.line, "character": range.start.character},
            "end": {"line": range.end.line, "character": range.end.character},
        })
    });
    let location = json!({"sourceIndex": 0, "ranges": range.into_iter().collect::<Vec<_>>()});
    let json = json!({
        "warnings": null,
        "sources": [{"filename": file.name, "data": BASE64.encode(&file.data), "language": file.language}],
        "buildError": {"message": status.message, "location": location},
    });
    Some(Answer { json, status: Some(1), ..Answer::default() })
}

fn warning(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let mut detail = diagnostic.message.clone();
    for more in [&diagnostic.label, &diagnostic.help].into_iter().flatten() {
        detail += &format!("; {more}");
    }
    json!({
        "ruleName": diagnostic.code.name(),
        "description": diagnostic.code.doc(),
        "url": "",
        "detail": if diagnostic.is_error() { format!("error: {detail}") } else { detail },
        "location": location(diagnostic.span, sources),
    })
}

fn source(source: &Source) -> Value {
    json!({"filename": source.name(), "data": BASE64.encode(source.shown().as_bytes()), "language": "YAML"})
}
