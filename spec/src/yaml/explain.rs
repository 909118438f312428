//! Explains violations of YAML's grammar in terms of the file, and not of the parser.

mod flow;
mod quotes;

pub(crate) use flow::quoted;

use super::traps::{is_glued, missing_space};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// Makes the diagnostic for an error of the parser at `at`. `bracket` is the innermost open bracket.
pub(super) fn explain(text: &str, at: Span, parser_says: &str, bracket: Option<Span>) -> Diagnostic {
    let at = Span { end: at.start, ..at };
    let says = |part: &str| parser_says.contains(part);
    let place = Place { text, at };
    if let Some(found) = place
        .expression_in_flow()
        .or_else(|| place.tab(says("found a tab")))
        .or_else(|| place.tab_after_colon())
    {
        return found;
    }
    let two_colons = says("mapping values are not allowed");
    let no_key = says("simple key expect");
    if (two_colons || no_key)
        && let Some(span) = place.glued_key()
    {
        return missing_space(span);
    }
    if two_colons {
        return error(at, "there is a second `: ` on this line")
            .label("YAML reads the text before it as another key")
            .help("quote the value, or write it as a block after `|`");
    }
    if says("unknown anchor") || says("scanning an anchor or alias") {
        return place.no_anchor(bracket);
    }
    if says("unexpected character") {
        return place.bad_start();
    }
    if says("unknown escape") || says("escape code") || says("hexadecimal") {
        return place.bad_escape();
    }
    if let Some(found) = bracket.and_then(|open| place.condition_in_flow(open.start as usize)) {
        return found;
    }
    if says("trailing content") || (bracket.is_none() && place.before().ends_with(['"', '\''])) {
        return place.text_after_quote(bracket);
    }
    if says("quoted scalar") {
        let quote = Span { end: at.start + 1, ..at };
        return error(quote, "the quote is not closed")
            .help("close it, or write a string of several lines as a block after `|`");
    }
    if let Some(open) = bracket {
        return place.in_flow(open);
    }
    if no_key {
        return error(place.line_of_text(), "this line is neither a key with `:` nor a list item with `-`")
            .help("check the indentation of this line and the one above it");
    }
    if says("expected key")
        || says("'-' indicator")
        || says("invalid indentation")
        || says("sequence entries")
    {
        if place.behind_dash() {
            return error(at, "there is a list item among the keys of a map")
                .help("give the list a key of its own, and write its items below that key");
        }
        return error(place.word(), "this line is not aligned with the lines above it").help(
            "start the entries of a map or list in the same column, and indent what belongs to an entry",
        );
    }
    error(at, format!("this is not YAML: {parser_says}"))
        .help("check indentation, quotes and brackets above this place")
}

fn error(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Yaml, at, message)
}

/// A place in the text of a file.
struct Place<'t> {
    text: &'t str,
    at: Span,
}

impl<'t> Place<'t> {
    /// The span between two offsets of the text.
    fn span(&self, start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32, ..self.at }
    }

    /// The text that starts at the place.
    fn rest(&self) -> &'t str {
        self.text.get(self.at.start as usize..).unwrap_or("")
    }

    fn before(&self) -> &'t str {
        self.text.get(..self.at.start as usize).unwrap_or(self.text)
    }

    /// The value that starts at the place: the rest of the line without a comment.
    fn value(&self) -> &'t str {
        let line = self.rest().lines().next().unwrap_or("");
        line.split(" #").next().unwrap_or(line).trim_end()
    }

    /// The span from the place to the next space or line break.
    fn word(&self) -> Span {
        let length = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
        Span { end: self.at.start + length as u32, ..self.at }
    }

    /// Whether a `-` is the only thing before the place on its line.
    fn behind_dash(&self) -> bool {
        self.before()[self.start_of_line(0)..].trim() == "-"
    }

    /// The line that the parser could not read as a key. If the parser stopped at the start of a line, that is the nearest line
    /// above it with text.
    fn line_of_text(&self) -> Span {
        let start = self.start_of_line(0);
        let before = if self.before()[start..].trim().is_empty() {
            self.text[..start].trim_end()
        } else {
            self.text[..self.end_of_line()].trim_end()
        };
        let line = &before[before.rfind('\n').map_or(0, |line| line + 1)..];
        let start = before.len() - line.trim_start().len();
        Span { start: start as u32, end: before.len() as u32, ..self.at }
    }

    fn bad_start(&self) -> Diagnostic {
        let Some(first) = self.rest().chars().next() else {
            return error(self.at, "the file ends inside a value");
        };
        let span = Span { end: self.at.start + first.len_utf8() as u32, ..self.at };
        if first.is_control() {
            return error(span, format!("YAML does not allow the character {}", first.escape_unicode()))
                .help("remove it, or write it as an escape in double quotes");
        }
        let message = match first {
            '`' => "a string without quotes cannot start with a backtick".to_owned(),
            first => format!("a string without quotes cannot start with `{first}`"),
        };
        error(span, message).help(quote_it(self.value()))
    }

    fn no_anchor(&self, bracket: Option<Span>) -> Diagnostic {
        let value = self.value();
        let value = if bracket.is_some() { value[..flow::value_length(value)].trim_end() } else { value };
        let length = value.find(char::is_whitespace).unwrap_or(value.len());
        let word = self.span(self.before().len(), self.before().len() + length);
        let written = self.rest().get(..(word.end - word.start) as usize).unwrap_or("");
        let name = written.trim_start_matches(['*', '&']);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if written.starts_with('*') && !name.is_empty() && name.chars().all(plain) {
            return error(word, format!("there is no anchor `&{name}` before this alias"))
                .label("YAML reads a string that starts with `*` as an alias")
                .help(format!("define the anchor first, or quote the string: \"{written}\""));
        }
        let first = written.chars().next().unwrap_or('*');
        error(word, format!("a string without quotes cannot start with `{first}`"))
            .label("YAML reads this as an anchor or alias")
            .help(quote_it(value))
    }

    /// The parser reports the opening quote. This finds the invalid escape after it.
    fn bad_escape(&self) -> Diagnostic {
        let mut characters = self.rest().char_indices().skip(1);
        let mut span = self.at;
        while let Some((at, c)) = characters.next() {
            if c != '\\' {
                continue;
            }
            let Some((_, escaped)) = characters.next() else { break };
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                c if "0abtnvfre \"/\\N_LP\t\n\r".contains(c) => 0,
                _ => usize::MAX,
            };
            let behind = at + 1 + escaped.len_utf8();
            let hex = self.rest().get(behind..behind.saturating_add(digits));
            let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
            if digits == usize::MAX || (digits > 0 && code.and_then(char::from_u32).is_none()) {
                let start = self.at.start + at as u32;
                span = Span { start, end: self.at.start + behind as u32, ..self.at };
                break;
            }
        }
        let escape = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        error(span, format!("`{escape}` is not an escape of YAML"))
            .help("write `\\\\` for a backslash, or use single quotes")
    }

    /// An error inside `[ ]` or `{ }`. If the parser stopped at the end of the file or on a later line, the bracket was not closed.
    fn in_flow(&self, open: Span) -> Diagnostic {
        let map = self.text.get(open.start as usize..).is_some_and(|text| text.starts_with('{'));
        let (opening, closing) = if map { ("{", "}") } else { ("[", "]") };
        let open = Span { end: open.start + 1, ..open };
        let same_line =
            !self.text.get(open.start as usize..self.at.start as usize).unwrap_or("").contains('\n');
        if self.rest().trim().is_empty() || !same_line {
            let found = error(open, format!("`{opening}` is not closed")).help(format!("add `{closing}`"));
            return if self.rest().trim().is_empty() { found } else { found.related(self.at, "found here") };
        }
        error(self.at, format!("expected `,` or `{closing}` here"))
            .related(open, "opened")
            .help("separate entries with `,`, and quote a string that contains brackets, commas or `: `")
    }

    /// Finds a tab in the indentation of this line. If the parser reported a tab, the lines after it up to the next one with text
    /// are searched too.
    fn tab(&self, spoken_of: bool) -> Option<Diagnostic> {
        let first = self.start_of_line(0);
        let lines = if spoken_of { usize::MAX } else { 1 };
        let mut start = first;
        for line in self.text[first..].split_inclusive('\n').take(lines) {
            let blank = line.len() - line.trim_start().len();
            if let Some(offset) = line[..blank].find('\t').filter(|_| blank < line.len()) {
                let start = (start + offset) as u32;
                let span = Span { start, end: start + 1, ..self.at };
                return Some(
                    Diagnostic::error(Code::Tab, span, "the indentation contains a tab")
                        .help("indent with spaces"),
                );
            }
            if blank < line.len() && start > first {
                break;
            }
            start += line.len();
        }
        None
    }

    /// Finds a tab between a colon and its value, which starts at the place.
    fn tab_after_colon(&self) -> Option<Diagnostic> {
        let before = self.before();
        let key = before.trim_end_matches([' ', '\t']);
        let tab = key.len() + before[key.len()..].find('\t').filter(|_| key.ends_with(':'))?;
        let error = Diagnostic::error(Code::Tab, self.span(tab, tab + 1), "there is a tab after the colon");
        Some(error.help("write a space after the `:`"))
    }

    /// Finds a key and a value without a space after the colon, on this line or on the three lines above it.
    fn glued_key(&self) -> Option<Span> {
        let mut end = self.end_of_line();
        for _ in 0..4 {
            let start = self.text[..end].rfind('\n').map_or(0, |line| line + 1);
            let line = self.text[start..end].trim_end();
            let trimmed = line.trim_start().trim_start_matches("- ");
            if is_glued(trimmed) && !trimmed.contains(": ") {
                let from = (start + line.len() - trimmed.len()) as u32;
                return Some(Span { start: from, end: (start + line.len()) as u32, ..self.at });
            }
            if start == 0 {
                break;
            }
            end = start - 1;
        }
        None
    }

    /// The offset at which the line starts that is `above` lines above this one.
    fn start_of_line(&self, above: usize) -> usize {
        let line_start = |before: usize| self.text[..before].rfind('\n').map_or(0, |line| line + 1);
        (0..above).fold(line_start(self.before().len()), |start, _| line_start(start.saturating_sub(1)))
    }

    fn end_of_line(&self) -> usize {
        let at = self.before().len();
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length)
    }
}

fn quote_it(value: &str) -> String {
    if value.len() > 80 {
        return "quote the string, or write it as a block after `|`".to_owned();
    }
    format!("quote it: {}", flow::quoted(value))
}
