//! Errors and warnings: what is wrong, where, and how to fix it.

use std::fmt::Write as _;

use buildkit_names::{redacted, redacted_in_place};

use super::characters::{escaped, visible};
use super::source::{Sources, Span};

pub use super::code::Code;

/// The largest number of errors that are collected for one file. The reader stops there.
pub(crate) const MAX_ERRORS: usize = 200;

/// The severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The build continues.
    Warning,
    /// The build fails.
    Error,
}

/// One error or warning at one place of the user's files. The message names what was found. The label, which is shown beside the
/// place, names what was expected. The help says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code, which the user can look up and which tests name.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// The place.
    pub span: Span,
    /// What was found: starts in lower case and has no full stop.
    pub message: String,
    /// What was expected at that place.
    pub label: Option<String>,
    /// How to fix it.
    pub help: Option<String>,
    /// Other places that are involved, each with a label, such as `first defined here`.
    pub related: Vec<(Span, String)>,
}

impl Diagnostic {
    /// Sorts diagnostics as they are printed, and keeps one of those that are equal: errors first, then by place, then by message.
    pub fn sort(found: &mut Vec<Self>) {
        found.sort_by(|a, b| {
            let order = b.severity.cmp(&a.severity).then(a.span.cmp(&b.span));
            order.then_with(|| a.message.cmp(&b.message))
        });
        found.dedup();
    }

    /// Makes an error at a place, without label and help.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message.into())
    }

    /// Makes a warning at a place, without label and help.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message.into())
    }

    fn new(code: Code, severity: Severity, span: Span, message: String) -> Self {
        let message = shown(&message);
        Self { code, severity, span, message, label: None, help: None, related: Vec::new() }
    }

    /// Sets the label: what was expected at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(shown(&label.into()));
        self
    }

    /// Sets the help: what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(shown(&help.into()));
        self
    }

    /// Sets the help if there is one. `None` keeps the help that is set already.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.as_deref().map(shown).or(self.help);
        self
    }

    /// Adds words to the end of the message, such as ` for device=cuda`.
    pub(crate) fn append(&mut self, words: &str) {
        self.message.push_str(&shown(words));
    }

    /// Adds another place with its label.
    #[must_use]
    pub fn related(mut self, span: Span, part: impl Into<String>) -> Self {
        self.related.push((span, shown(&part.into())));
        self
    }

    /// Whether the severity is [`Severity::Error`], so that the build fails.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The diagnostic in one line: place, message, label, related places, help and code.
    ///
    /// ```
    /// use varve_spec::{Code, Diagnostic, Sources, Span};
    /// let sources = Sources::single("image.yaml", "stages: {}\nform: x\n");
    /// let span = Span { start: 11, end: 15, ..Span::default() };
    /// let found = Diagnostic::error(Code::UnknownKey, span, "unknown key `form`").help("did you mean `from`?");
    /// assert_eq!(found.one_line(&sources), "image.yaml:2:1: unknown key `form`: did you mean `from`? [unknown-key]");
    /// ```
    pub fn one_line(&self, sources: &Sources) -> String {
        let mut line = format!("{}: {}", sources.locate(self.span), self.message);
        if let Some(label) = &self.label {
            let _ = write!(line, ", {label}");
        }
        for (span, part) in &self.related {
            let _ = write!(line, " ({part} at {})", sources.locate(*span));
        }
        if let Some(help) = &self.help {
            let _ = write!(line, ": {help}");
        }
        let _ = write!(line, " [{}]", self.code.name());
        line
    }

    /// The diagnostic in several lines for a terminal: the heading, an excerpt of the file with the place underlined, and the help.
    pub fn excerpt(&self, sources: &Sources) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut text = format!("{severity}[{}]: {}\n", self.code.name(), self.message);
        excerpt_of(&mut text, sources, self.span, self.label.as_deref().unwrap_or(""), "-->");
        for (span, part) in &self.related {
            excerpt_of(&mut text, sources, *span, part, ":::");
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "  help: {help}");
        }
        text
    }
}

/// A text as a diagnostic shows it: without the passwords of URLs, and without characters that a terminal would interpret.
fn shown(text: &str) -> String {
    escaped(&redacted(text)).into_owned()
}

/// Of a line with more bytes, only a part is shown.
const MAX_LINE: usize = 1_000;
/// How many characters of such a long line are shown.
const SHOWN: usize = 100;

fn excerpt_of(text: &mut String, sources: &Sources, span: Span, label: &str, arrow: &str) {
    let (start, end) = sources.range(span);
    let line = redacted_in_place(sources.get(span.source).line(start.line));
    if line.len() > MAX_LINE {
        return excerpt_of_long(text, sources, span, label, arrow);
    }
    let to = if end.line == start.line { end.column } else { line.chars().count() as u32 + 1 };
    let width = to.saturating_sub(start.column).max(1) as usize;
    let number = start.line.to_string();
    let margin = " ".repeat(number.len());
    let blank = " ".repeat(start.column as usize - 1);
    let underline = "^".repeat(width);
    let _ = writeln!(text, "{margin} {arrow} {}", sources.locate(span));
    let _ = writeln!(text, "{number} | {}", visible(&line));
    let _ = writeln!(text, "{}", format!("{margin} | {blank}{underline} {label}").trim_end());
}

/// Shows a part of a long line that starts at the place of the diagnostic.
fn excerpt_of_long(text: &mut String, sources: &Sources, span: Span, label: &str, arrow: &str) {
    let (start, end) = sources.range(span);
    let line = redacted_in_place(sources.get(span.source).line(start.line));
    let part: String = line.chars().skip(start.column as usize - 1).take(SHOWN).collect();
    let length =
        if end.line == start.line { end.column.saturating_sub(start.column).max(1) } else { u32::MAX };
    let underline = "^".repeat(part.chars().count().clamp(1, length as usize));
    let number = start.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(text, "{margin} {arrow} {}", sources.locate(span));
    let _ = writeln!(text, "{number} | ...{}", visible(&part));
    let _ = writeln!(text, "{}", format!("{margin} |    {underline} {label}").trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_underlines_the_place() {
        let sources = Sources::single("image.yaml", "stages:\n  app:\n    form: scratch\n");
        let span = Span { start: 19, end: 23, ..Span::default() };
        let found = Diagnostic::error(Code::UnknownKey, span, "unknown key `form`")
            .label("not a key of a stage")
            .help("did you mean `from`?");
        let expect = [
            "error[unknown-key]: unknown key `form`",
            "  --> image.yaml:3:5",
            "3 |     form: scratch",
            "  |     ^^^^ not a key of a stage",
            "  help: did you mean `from`?\n",
        ];
        assert_eq!(found.excerpt(&sources), expect.join("\n"));
    }

    #[test]
    fn of_a_long_line_only_a_part_is_shown() {
        let text = format!("{}form{}", " ".repeat(2_000), "x".repeat(2_000));
        let sources = Sources::single("image.yaml", text);
        let span = Span { start: 2_000, end: 2_004, ..Span::default() };
        let found = Diagnostic::error(Code::UnknownKey, span, "unknown").label("not a key").excerpt(&sources);
        let expect = [
            "error[unknown-key]: unknown".to_owned(),
            "  --> image.yaml:1:2001".to_owned(),
            format!("1 | ...form{}", "x".repeat(96)),
            "  |    ^^^^ not a key\n".to_owned(),
        ];
        assert_eq!(found, expect.join("\n"));
    }
}
