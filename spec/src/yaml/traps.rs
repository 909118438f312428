//! The classic traps of YAML, each with a message of its own instead of the parser's.

use super::Entry;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Explains a violation of YAML's grammar that the parser noticed at `at`.
pub(super) fn explain(text: &str, at: Span, parser_says: &str) -> Diagnostic {
    let at = Span { end: at.start, ..at };
    let lines = LinesUpTo::new(text, at.start as usize);
    if let Some(offset) = expression_in_flow(lines.recent) {
        let start = lines.recent_start + offset;
        let length = text[start..].find("}}").map_or(3, |end| end + 2);
        let span = Span { start: start as u32, end: (start + length) as u32, ..at };
        return Diagnostic::error(
            Code::FlowExpression,
            span,
            "`${{ }}` stands unquoted inside `{ }` or `[ ]`",
        )
        .label("YAML reads these braces as a map")
        .help(format!("quote it: \"{}\"", &text[start..start + length]));
    }
    if let Some(offset) = lines.last.find('\t').filter(|_| lines.last.trim_start().len() < lines.last.len()) {
        let start = (lines.last_start + offset) as u32;
        if lines.last[..offset].trim().is_empty() {
            return Diagnostic::error(
                Code::Tab,
                Span { start, end: start + 1, ..at },
                "a tab is used to indent",
            )
            .help("indent with spaces");
        }
    }
    let two_colons = parser_says.contains("mapping values are not allowed");
    let no_key = parser_says.contains("simple key expect");
    if (two_colons || no_key)
        && let Some(span) = glued_key(text, at)
    {
        return missing_space(span);
    }
    if two_colons {
        return Diagnostic::error(Code::Yaml, at, "a second `: ` on one line")
            .label("YAML takes the text before it for another key")
            .help("quote the value, or write it as a block after `|`");
    }
    if no_key {
        return Diagnostic::error(
            Code::Yaml,
            at,
            "a line that is neither a key with `:` nor a list item with `-`",
        )
        .help("check the indentation of this line and the one above it");
    }
    Diagnostic::error(Code::Yaml, at, format!("this is not YAML: {parser_says}"))
        .help("check indentation, quotes and brackets above this place")
}

/// A key that is refused: written twice, or a merge key.
pub(super) fn key(key: &str, span: Span, before: &[Entry<'_>]) -> Option<Diagnostic> {
    if key == "<<" {
        return Some(
            Diagnostic::error(Code::MergeKey, span, "merge keys (`<<`) are not part of the language")
                .help("share steps with `fragments`, and env, mounts and shell settings with `mixins`"),
        );
    }
    let first = before.iter().find(|entry| entry.key == key)?;
    Some(
        Diagnostic::error(Code::DuplicateKey, span, format!("the key `{key}` stands twice"))
            .related(first.key_span, "first written")
            .help("remove one of them"),
    )
}

/// The message for `key:value`.
pub(crate) fn missing_space(span: Span) -> Diagnostic {
    Diagnostic::error(Code::MissingSpace, span, "no space after the colon")
        .label("YAML reads this as one text, not as a key and a value")
        .help("put a space after the `:`")
}

/// Whether a text looks like a key and a value glued together, as in `from:debian`.
pub(crate) fn is_glued(text: &str) -> bool {
    let Some((key, value)) = text.split_once(':') else { return false };
    !key.is_empty()
        && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && !value.starts_with([' ', '/'])
}

/// The line at `at` or one of the three before it, when it is a glued key.
fn glued_key(text: &str, at: Span) -> Option<Span> {
    let before = &text[..text.len().min(at.start as usize)];
    let mut end = before.len() + text[before.len()..].find('\n').unwrap_or(text.len() - before.len());
    for _ in 0..4 {
        let start = text[..end].rfind('\n').map_or(0, |line| line + 1);
        let line = text[start..end].trim_end();
        let trimmed = line.trim_start().trim_start_matches("- ");
        if is_glued(trimmed) && !trimmed.contains(": ") {
            let from = (start + line.len() - trimmed.len()) as u32;
            return Some(Span { start: from, end: (start + line.len()) as u32, ..at });
        }
        if start == 0 {
            break;
        }
        end = start - 1;
    }
    None
}

/// The line a place is on, and that line with the three before it.
struct LinesUpTo<'t> {
    last: &'t str,
    last_start: usize,
    recent: &'t str,
    recent_start: usize,
}

impl<'t> LinesUpTo<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        let line_start = |before: usize| text[..before].rfind('\n').map_or(0, |line| line + 1);
        let last_start = line_start(at);
        let recent_start = (0..3).fold(last_start, |start, _| line_start(start.saturating_sub(1)));
        Self { last: &text[last_start..end], last_start, recent: &text[recent_start..end], recent_start }
    }
}

/// The offset of the first `${{` that stands, unquoted, inside an open flow bracket.
fn expression_in_flow(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    let mut previous = '\n';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if matches!(previous, ' ' | ',' | '[' | '{' | ':') => quote = Some(c),
            (None, '$') if text[at..].starts_with("${{") && depth > 0 => return Some(at),
            (None, '$') if text[at..].starts_with("${{") => return expression_in_flow_after(text, at),
            (None, '{' | '[') if matches!(previous, ' ' | ',' | '[' | '{') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, '\n') if depth == 0 => quote = None,
            _ => {}
        }
        previous = c;
    }
    None
}

/// Goes on behind an expression that is well placed.
fn expression_in_flow_after(text: &str, at: usize) -> Option<usize> {
    let behind = at + text[at..].find("}}")? + 2;
    expression_in_flow(&text[behind..]).map(|offset| behind + offset)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Code;
    use crate::source::SourceId;

    fn check(text: &str, code: Code, place: &str) {
        let found = crate::yaml::parse(SourceId(0), text).unwrap_err();
        assert_eq!(found[0].code, code, "{text:?}: {found:?}");
        assert_eq!(
            &text[found[0].span.start as usize..found[0].span.end as usize],
            place,
            "{text:?}: {found:?}"
        );
    }

    #[test]
    fn traps_have_messages_of_their_own() {
        check("a: {b: ${{ x }}}\n", Code::FlowExpression, "${{ x }}");
        check("a:\n  - [x, ${{ y.z }}]\n", Code::FlowExpression, "${{ y.z }}");
        check("a: ${{ ok }}\nb: {c: \"${{ ok }}\", d: ${{ x }}}\n", Code::FlowExpression, "${{ x }}");
        check("a:\n\tb: c\n", Code::Tab, "\t");
        check("a: b: c\n", Code::Yaml, "");
        check("a:\n  b:c\n  d: e\n", Code::MissingSpace, "b:c");
        check("a: 1\na: 2\n", Code::DuplicateKey, "a");
        check("a: &x {b: c}\nd: {<<: *x}\n", Code::MergeKey, "<<");
        check("a: [1, 2\n", Code::Yaml, "");
        check("a: 1\n---\nb: 2\n", Code::Yaml, "---");
        check("a: !!str 1\n", Code::Yaml, "!!str 1");
        check("[a]: 1\n", Code::WrongType, "[a]");
        check("", Code::Yaml, "");
        check("# only a comment\n", Code::Yaml, "");
    }
}
