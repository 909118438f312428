//! Converts diagnostics to BuildKit's own errors, with excerpts of the build file, and to its warnings, with ranges.

use buildkit_gateway::{Platform, Position, Range, SourceFile, SourceRange, Status, Warning};
use varve_spec::{Diagnostic, SourceId, Sources, Span};

/// The largest number of excerpts in one error, so that they fit on a screen. The message still names every place.
pub(crate) const MOST_EXCERPTS: usize = 4;

/// Combines all errors among diagnostics into one: a line with its place for each, and excerpts of the file for the first few.
pub(crate) fn error(diagnostics: &[Diagnostic], sources: &Sources) -> Status {
    let errors: Vec<Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
    errors_under(&format!("{} errors in the build file", errors.len()), &errors, sources)
}

/// Combines diagnostics that are all errors, like [`error`]. If there are several, the message starts with the heading.
pub(crate) fn errors_under(heading: &str, errors: &[Diagnostic], sources: &Sources) -> Status {
    let lines: Vec<String> = errors.iter().map(|error| error.one_line(sources)).collect();
    let message = match lines.as_slice() {
        [line] => line.clone(),
        lines => format!("{heading}:\n{}", lines.join("\n")),
    };
    let excerpts = errors.iter().take(MOST_EXCERPTS);
    excerpts.fold(Status::user(message), |status, error| status.at(&excerpt(sources, error.span)))
}

/// Adds the excerpt at a place of the file to a failure of the daemon, unless the failure has excerpts of its own.
pub(crate) fn at(status: Status, sources: &Sources, span: Span) -> Status {
    if status.sources().is_empty() { status.at(&excerpt(sources, span)) } else { status }
}

/// Adds the name and the platform of an image to the daemon's reason why it does not resolve. The reason contains neither if the image
/// lacks the platform.
pub(crate) fn unresolved(status: Status, name: &str, platform: &Platform) -> Status {
    let message = format!("{name} for {platform}: {}", status.message);
    Status { message, ..status }
}

/// Converts a diagnostic to a warning that clients show under a vertex of the build.
pub(crate) fn warning(diagnostic: &Diagnostic, sources: &Sources, vertex: &str) -> Warning {
    let place = excerpt(sources, diagnostic.span);
    let line = place.ranges.first().map_or(1, |range| range.start.line);
    let help = diagnostic.help.as_ref().map(|help| format!(": {help}")).unwrap_or_default();
    let detail = vec![diagnostic.code.doc().to_owned()];
    Warning {
        vertex: vertex.to_owned(),
        short: format!("{}: {}{help} (line {line})", diagnostic.code.name(), diagnostic.message),
        detail,
        url: String::new(),
        file: Some(place.file),
        ranges: place.ranges,
    }
}

/// Converts a file of the family to BuildKit's form.
pub(crate) fn file(sources: &Sources, id: SourceId) -> SourceFile {
    let source = sources.get(id);
    SourceFile {
        name: source.name().to_owned(),
        data: source.shown().as_bytes().to_vec(),
        language: "YAML".to_owned(),
        definition: None,
    }
}

fn excerpt(sources: &Sources, span: Span) -> SourceRange {
    let (start, end) = sources.range(span);
    let position =
        |at: varve_spec::Position| Position { line: at.line as i32, character: at.column as i32 - 1 };
    SourceRange {
        file: file(sources, span.source),
        ranges: vec![Range { start: position(start), end: position(end) }],
    }
}
