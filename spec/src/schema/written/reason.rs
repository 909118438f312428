//! The reasons why a text cannot be written to its place.

use super::MAX_ARGUMENT;
use crate::base::characters::{changes_direction, is_line_break};

/// The reason against a text with a NUL character.
pub(super) fn nul(text: &str) -> Option<String> {
    text.contains('\0').then(|| "it contains a NUL character".to_owned())
}

/// The reason against a text that Linux does not pass to a process.
pub(super) fn long(text: &str) -> Option<String> {
    (text.len() > MAX_ARGUMENT)
        .then(|| format!("it has {} bytes, and Linux passes at most {MAX_ARGUMENT}", text.len()))
}

/// The reason against a text that is not one line of visible text.
pub(super) fn control(text: &str) -> Option<String> {
    first(text, |c| is_line_break(c) || c.is_control() || changes_direction(c))
}

/// The reason against a text with blanks.
pub(super) fn blank(text: &str) -> Option<String> {
    first(text, char::is_whitespace)
}

/// The reason against a text with one of some characters.
pub(super) fn first(text: &str, is_wrong: impl Fn(char) -> bool) -> Option<String> {
    text.chars().find(|c| is_wrong(*c)).map(reason)
}

/// The reason against a text with a part.
pub(super) fn text(part: &str) -> String {
    format!("it contains `{part}`")
}

fn reason(c: char) -> String {
    match c {
        c if is_line_break(c) => "it contains a line break".to_owned(),
        c if c.is_control() => format!("it contains the control character U+{:04X}", u32::from(c)),
        c if changes_direction(c) => format!("it contains the invisible character U+{:04X}", u32::from(c)),
        c if c.is_whitespace() => "it contains a blank".to_owned(),
        c => format!("it contains `{c}`"),
    }
}
