//! Characters that programs or terminals do not take as text.

use std::borrow::Cow;

/// Whether one of the programs that read files by lines ends a line at a character.
pub(crate) fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character changes the direction of the text behind it, so that the text reads as another one.
pub(crate) fn changes_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text for messages: characters that a terminal would interpret are written as escapes. Line breaks and tabs stay.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for c in text.chars() {
        if is_odd(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// A line of a file for messages. It has as many characters as the line, so that places in it stay.
pub(crate) fn visible(line: &str) -> Cow<'_, str> {
    if line.contains(is_odd) { Cow::Owned(line.replace(is_odd, "\u{fffd}")) } else { Cow::Borrowed(line) }
}

fn is_odd(c: char) -> bool {
    !matches!(c, '\n' | '\t') && (c.is_control() || is_line_break(c) || changes_direction(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_no_control_characters() {
        assert_eq!(escaped("a\u{1b}[2J\u{202e}\u{2028}é\n\t"), "a\\u{1b}[2J\\u{202e}\\u{2028}é\n\t");
        assert_eq!(visible("a\u{1b}é"), "a\u{fffd}é");
        assert_eq!((escaped("plain é"), visible("plain é")), ("plain é".into(), "plain é".into()));
    }
}
