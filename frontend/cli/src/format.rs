//! Formats build files: one layout for indentation, quotes, flow maps and blank lines. Content, order and comments stay.
//!
//! `pretty_yaml` lays the text out. This module checks what it wrote, because a formatter that changes an image is worse than none:
//! the tree that varve reads is the same, and each comment stands between the same values.

mod lines;
mod same;

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, LineBreak};
use varve_spec::{Diagnostic, SourceId};

pub(crate) use lines::{LineRange, unified};

/// The width of a line, in characters. A flow map or list that is longer, or whose first entry is on a line of its own, gets a line for
/// each entry.
const WIDTH: usize = 140;
/// A width that no line has.
const NO_WIDTH: usize = 1 << 24;
/// The comment that keeps the entry below it as it is written: `# fmt: skip`.
const SKIP: &str = "fmt: skip";
/// How often a text is formatted until it stays the same.
const MAX_ROUNDS: usize = 4;

/// Why a text is not formatted.
#[derive(Debug)]
pub(crate) enum NotFormatted {
    /// The text is not YAML, or not a document that varve reads.
    Mistakes(Vec<Diagnostic>),
    /// The formatted text would differ in more than its layout.
    Unsafe(&'static str),
}

/// How flow maps and lists are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// In several lines, if they are too long for one or are written so.
    Fitting,
    /// In one line each.
    OneLine,
}

/// Formats a text, or only some of its lines. No lines mean all.
///
/// # Errors
/// The text has mistakes of YAML, or the formatter would change more than the layout.
pub(crate) fn format(source: SourceId, text: &str, lines: &[LineRange]) -> Result<String, NotFormatted> {
    same::tree(source, text).map_err(NotFormatted::Mistakes)?;
    let layout = |flow| -> Result<String, &'static str> {
        let formatted = stable(text, flow)?;
        let formatted = if lines.is_empty() { formatted } else { lines::only(text, &formatted, lines) };
        same::check(text, &formatted)?;
        Ok(formatted)
    };
    // The formatter puts the last bracket below the key. YAML's grammar wants it further in (1.2.2, 7.4), and so do some readers.
    layout(Flow::Fitting).or_else(|_| layout(Flow::OneLine)).map_err(NotFormatted::Unsafe)
}

/// Formats a text until it stays the same.
fn stable(text: &str, flow: Flow) -> Result<String, &'static str> {
    let options = options(text, flow);
    let mut now = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let next = pretty_yaml::format_text(&now, &options).map_err(|_| "the formatter cannot read it")?;
        if next == now {
            return Ok(now);
        }
        now = next;
    }
    Err("a formatted file would be formatted again")
}

fn options(text: &str, flow: Flow) -> FormatOptions {
    let width = if flow == Flow::OneLine { NO_WIDTH } else { WIDTH };
    let line_break = if text.contains("\r\n") { LineBreak::Crlf } else { LineBreak::Lf };
    FormatOptions {
        layout: LayoutOptions { print_width: width, indent_width: 2, line_break },
        language: LanguageOptions {
            // With a comma at the end, the reader of varve takes a bracket below the key also after a quote.
            trailing_comma: true,
            brace_spacing: false,
            prefer_single_line: flow == Flow::OneLine,
            ignore_comment_directive: SKIP.to_owned(),
            ..LanguageOptions::default()
        },
    }
}
