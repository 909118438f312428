//! Findings in BuildKit's own channels: errors with excerpts of the build file, warnings with ranges.

use buildkit_gateway::{Position, Range, SourceFile, SourceRange, Status, Warning};
use varve_spec::{Diagnostic, SourceId, Sources, Span};

/// So many excerpts fit on a screen; the message names every place all the same.
pub(crate) const MOST_EXCERPTS: usize = 4;

/// One error of all findings: each on a line of its own with its place, the first with excerpts of the file.
pub(crate) fn error(found: &[Diagnostic], sources: &Sources) -> Status {
    let errors: Vec<Diagnostic> = found.iter().filter(|found| found.is_error()).cloned().collect();
    errors_under(&format!("{} errors in the build file", errors.len()), &errors, sources)
}

/// As [`error`], of findings that are all errors, with a heading for several.
pub(crate) fn errors_under(heading: &str, errors: &[Diagnostic], sources: &Sources) -> Status {
    let lines: Vec<String> = errors.iter().map(|error| error.one_line(sources)).collect();
    let message = match lines.as_slice() {
        [line] => line.clone(),
        lines => format!("{heading}:\n{}", lines.join("\n")),
    };
    let excerpts = errors.iter().take(MOST_EXCERPTS);
    excerpts.fold(Status::user(message), |status, error| status.at(&excerpt(sources, error.span)))
}

/// A failure of the daemon that belongs to a place of the file.
pub(crate) fn at(status: Status, sources: &Sources, span: Span) -> Status {
    if status.sources().is_empty() { status.at(&excerpt(sources, span)) } else { status }
}

/// A warning under a vertex of the build.
pub(crate) fn warning(found: &Diagnostic, sources: &Sources, vertex: &str) -> Warning {
    let place = excerpt(sources, found.span);
    let line = place.ranges.first().map_or(1, |range| range.start.line);
    let help = found.help.as_ref().map(|help| format!(": {help}")).unwrap_or_default();
    let detail = vec![found.code.doc().to_owned()];
    Warning {
        vertex: vertex.to_owned(),
        short: format!("{}: {}{help} (line {line})", found.code.name(), found.message),
        detail,
        url: String::new(),
        file: Some(place.file),
        ranges: place.ranges,
    }
}

/// A file of the build as BuildKit wants it.
pub(crate) fn file(sources: &Sources, id: SourceId) -> SourceFile {
    let source = sources.get(id);
    SourceFile {
        name: source.name().to_owned(),
        data: source.text().as_bytes().to_vec(),
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
