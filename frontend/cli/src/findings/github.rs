//! Renders diagnostics as workflow commands of GitHub Actions, which show them beside the lines of a change.
//!
//! The commands and their escapes are those of `@actions/core` (`packages/core/src/command.ts` in `actions/toolkit`).

use varve_spec::{Diagnostic, Sources};

/// Renders each diagnostic as one line.
pub(crate) fn text(found: &[Diagnostic], sources: &Sources) -> String {
    found.iter().map(|found| command(found, sources)).collect()
}

fn command(found: &Diagnostic, sources: &Sources) -> String {
    let (start, end) = sources.range(found.span);
    let level = if found.is_error() { "error" } else { "warning" };
    let file = property(sources.get(found.span.source).name());
    // Columns of a range over several lines are refused.
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column),
        false => String::new(),
    };
    let place = format!("file={file},line={},endLine={}{columns}", start.line, end.line);
    format!("::{level} {place},title={}::{}\n", found.code.name(), data(&super::message(found)))
}

/// Escapes the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use varve_spec::{Code, Diagnostic, Sources, Span};

    #[test]
    fn what_would_end_a_property_or_a_command_is_escaped() {
        let sources = Sources::single("a,b:c%/image.yaml", "ä: b\nc: d\n");
        let at = |start, end| Span { start, end, ..Span::default() };
        let one = Diagnostic::error(Code::BadValue, at(4, 5), "100% wrong::").label("expected\nx").help("y");
        let two = Diagnostic::warning(Code::UnusedStage, at(0, 10), "both lines");
        let expect = "::error file=a%2Cb%3Ac%25/image.yaml,line=1,endLine=1,col=4,endColumn=5,title=bad-value::100%25 wrong::%0Aexpected%0Ax%0Ahelp: y
::warning file=a%2Cb%3Ac%25/image.yaml,line=1,endLine=2,title=unused-stage::both lines
";
        assert_eq!(super::text(&[one, two], &sources), expect);
    }
}
