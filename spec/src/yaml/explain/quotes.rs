//! Explains quotes: strings that do not end, or that end before their value does.

use super::flow::{condition_key, quoted, value_length};
use super::{Place, error};
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;

impl Place<'_> {
    /// The error for text after a closing quote. The place is where the text starts. `bracket` is the innermost open bracket.
    pub(super) fn text_after_quote(&self, bracket: Option<Span>) -> Diagnostic {
        let Some((open, close)) = self.string_before() else {
            return error(self.at, "there is text after a closing quote")
                .help("quote the whole value, or use no quotes");
        };
        let string = &self.text[open..close];
        let closing = self.span(close, close + 1);
        if string.rfind("${{").is_some_and(|at| !string[at..].contains("}}")) {
            let other = if string.starts_with('"') { "'" } else { "\"" };
            return error(closing, "the string ends inside of `${{ }}`")
                .label("YAML ends the string at this quote")
                .help(format!("inside of `${{{{ }}}}`, use the other kind of quote: `{other}`"));
        }
        if string.contains('\n') {
            return error(self.span(open, open + 1), "the quote is not closed on its line")
                .related(closing, "YAML ends the string at this quote")
                .help("close it, or write a string of several lines as a block after `|`");
        }
        let at = self.before().len();
        let end = match bracket {
            Some(_) => at + value_length(&self.text[at..]),
            None => at + self.value().len(),
        };
        let found = error(self.span(at, end), "there is text after a closing quote")
            .label("YAML ends the string at the second quote");
        let value = self.text[open..end].trim_end();
        let before = self.text[..open].trim_end();
        if self.text[close + 1..].starts_with(|c: char| !c.is_whitespace()) {
            return found.help("quote the whole value, or use no quotes");
        }
        match condition_key(before) {
            Some(key) => found.help(format!("quote the whole condition: `{key}: {}`", quoted(value))),
            None => found.help(format!("quote the whole value: {}", quoted(value))),
        }
    }

    /// The offsets of the opening and the closing quote of the string that ends before the place.
    fn string_before(&self) -> Option<(usize, usize)> {
        let before = self.before().trim_end();
        let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
        let close = before.len() - 1;
        let mut end = close;
        loop {
            let open = self.text[..end].rfind(quote)?;
            let before = &self.text[..open];
            end = match quote {
                '"' if (before.len() - before.trim_end_matches('\\').len()) % 2 == 1 => open,
                '\'' if before.ends_with('\'') => open - 1,
                _ => return Some((open, close)),
            };
        }
    }
}
