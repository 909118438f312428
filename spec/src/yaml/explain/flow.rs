//! Explains values inside `{ }` and `[ ]` that need quotes: `${{ }}`, and conditions.

use super::Place;
use crate::base::diagnostic::{Code, Diagnostic};

impl Place<'_> {
    /// Finds an unquoted `${{ }}` inside a flow collection, on this line or on the three lines above it.
    pub(super) fn expression_in_flow(&self) -> Option<Diagnostic> {
        let start = self.start_of_line(3);
        let recent = &self.text[start..self.end_of_line()];
        let found = unquoted_expression(recent)?;
        let (from, value) = (start + found.at, start + found.value);
        let length = self.text[from..].find("}}").map_or(3, |end| end + 2);
        let span = self.span(from, from + length);
        let error =
            Diagnostic::error(Code::FlowExpression, span, "`${{ }}` needs quotes inside `{ }` or `[ ]`");
        let error = error.label("YAML reads these braces as a map");
        let written = &self.text[value..][..value_length(&self.text[value..]).max(from + length - value)];
        let quoted = quoted(written.trim_end());
        Some(match value == from {
            true => error.help(format!("quote it: {quoted}")),
            false => error.help(format!("quote the whole value: {quoted}")),
        })
    }

    /// Finds a condition inside the flow collection that opens at `open` and has not ended before the place.
    pub(super) fn condition_in_flow(&self, open: usize) -> Option<Diagnostic> {
        let inside = self.text.get(open..self.before().len())?;
        let last = CONDITIONS.iter().filter_map(|key| Some((key, last_key(inside, key)?)));
        let (key, value) = last.max_by_key(|(_, value)| *value)?;
        let from = open + value;
        let line = line_of(&self.text[from..]);
        let blank = line.len() - line.trim_start().len();
        let condition = line[blank..][..value_length(&line[blank..])].trim_end();
        let (start, end) = (from + blank, from + blank + condition.len());
        if end < self.before().len() || condition.is_empty() {
            return None;
        }
        let message = "this condition needs quotes inside `{ }`";
        let error = Diagnostic::error(Code::Yaml, self.span(start, end), message);
        let error = error.label("YAML reads its quotes, brackets and commas");
        Some(error.help(format!("quote it: `{key}: {}`", quoted(condition))))
    }
}

/// The keys whose value can be a condition.
const CONDITIONS: [&str; 5] = ["if", "match", "require", "exclude", "publish"];

/// Returns the last key with this name in a text, as the offset of its value.
fn last_key(text: &str, key: &str) -> Option<usize> {
    let starts = |at: usize| at == 0 || text[..at].ends_with(['{', ',', ' ', '\n']);
    let mut found = text.rmatch_indices(key).filter(|(at, _)| starts(*at)).map(|(at, _)| at + key.len());
    found.find(|end| text[*end..].starts_with(':')).map(|end| end + 1)
}

/// Returns the key of a condition that a text ends with: `require` for `{require:`.
pub(super) fn condition_key(text: &str) -> Option<&'static str> {
    CONDITIONS.into_iter().find(|key| last_key(text, key) == Some(text.len()))
}

/// A string in quotes, as it is written in YAML: in double quotes, unless it has double quotes or a backslash, which starts an escape
/// there.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// The length of a value on its line inside a flow collection. Brackets, parentheses and quotes in it belong to the value.
pub(super) fn value_length(text: &str) -> usize {
    let text = line_of(text);
    let (mut depth, mut quote) = (0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = (c != open).then_some(open),
            (None, ',' | '}' | ']') if depth == 0 => return at,
            (None, '\'' | '"') if text[at + 1..].contains(c) => quote = Some(c),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

fn line_of(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// The offsets of an unquoted `${{`, and of the value that it is a part of.
struct Unquoted {
    at: usize,
    value: usize,
}

/// Finds the first unquoted `${{` inside an open flow bracket. A quote or a bracket inside of a plain string is a part of the string.
fn unquoted_expression(text: &str) -> Option<Unquoted> {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    // The last character that is not a space, whether a space is between, and where the value after it starts.
    let (mut previous, mut spaced, mut value) = ('\n', false, 0);
    let mut behind = 0;
    for (at, c) in text.char_indices() {
        // Skip the rest of an expression that is outside of brackets.
        if at < behind {
            continue;
        }
        let starts = matches!(previous, ',' | '[' | '{' | '\n') || (matches!(previous, ':' | '-') && spaced);
        if starts && c != ' ' {
            value = at;
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if starts => quote = Some(c),
            (None, '$') if text[at..].starts_with("${{") && depth > 0 => return Some(Unquoted { at, value }),
            (None, '$') if text[at..].starts_with("${{") => {
                behind = at + text[at..].find("}}")? + 2;
            }
            (None, '{' | '[') if starts => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, '\n') if depth == 0 => quote = None,
            _ => {}
        }
        spaced = c == ' ';
        previous = if spaced { previous } else { c };
    }
    None
}
