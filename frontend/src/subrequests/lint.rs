//! `frontend.lint`: the check over the whole matrix, in the form that Docker's clients know (`frontend/subrequests/lint`).
//!
//! Every finding is an entry of `warnings`, errors too: clients print only one `buildError`. Clients that know version 1.0.0
//! show our own text for it, which tells errors and warnings apart and shows the help.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_gateway::{SourceRange, Status};
use serde_json::{Value, json};
use varve_spec::{Diagnostic, Source, Sources, check};

use super::{Answer, Subject, location};

/// Later than the version that clients know, so that they show our text.
pub(super) const VERSION: &str = "1.0.1";

#[expect(clippy::unnecessary_wraps, reason = "the table of questions holds some that can fail")]
pub(super) fn answer(subject: &Subject<'_>) -> Result<Answer, Status> {
    let sources = subject.sources;
    let checked = check(subject.reading, sources, subject.question, subject.directive);
    let warnings: Vec<Value> = checked.found.iter().map(|found| warning(found, sources)).collect();
    let mut json = json!({
        "warnings": warnings,
        "sources": sources.iter().map(source).collect::<Vec<_>>(),
    });
    let first = checked.found.iter().find(|found| found.is_error());
    if let (None, Some(first), Some(map)) = (&subject.reading.family, first, json.as_object_mut()) {
        let count = checked.found.iter().filter(|found| found.is_error()).count();
        let errors = if count == 1 { "an error".to_owned() } else { format!("{count} errors") };
        let message = format!("the build file cannot be read: {errors}, the first is: {}", first.message);
        map.insert(
            "buildError".to_owned(),
            json!({"message": message, "location": location(first.span, sources)}),
        );
    }
    let excerpts: Vec<String> = checked.found.iter().map(|found| found.excerpt(sources)).collect();
    let mut text = excerpts.join("\n");
    if let (Some(variants), false) = (checked.variants, text.is_empty()) {
        text += &format!("\n{variants} variants checked\n");
    }
    let status = u8::from(!checked.found.is_empty());
    Ok(Answer { json, text, status: Some(status) })
}

/// What a failure to load the files says, when it belongs to a place of one.
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
    Some(Answer { json, text: String::new(), status: Some(1) })
}

fn warning(found: &Diagnostic, sources: &Sources) -> Value {
    let mut detail = found.message.clone();
    for more in [&found.label, &found.help].into_iter().flatten() {
        detail += &format!("; {more}");
    }
    json!({
        "ruleName": found.code.name(),
        "description": found.code.doc(),
        "url": "",
        "detail": if found.is_error() { format!("error: {detail}") } else { detail },
        "location": location(found.span, sources),
    })
}

fn source(source: &Source) -> Value {
    json!({"filename": source.name(), "data": BASE64.encode(source.text()), "language": "YAML"})
}
