//! Formats build files: one layout for indentation, quotes, flow maps and blank lines. Content, order and comments stay.
//!
//! `pretty_yaml` lays the text out. This module checks what it wrote, because a formatter that changes an image is worse than none:
//! the tree that varve reads is the same, and each comment stands between the same values.

mod brackets;
mod lines;
mod same;

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, LineBreak};
use varve_spec::{Diagnostic, SourceId};

pub(crate) use lines::LineRange;

/// The width of a line, in characters. A flow map or list that is longer, or whose first entry is on a line of its own, gets a line for
/// each entry.
const WIDTH: usize = 140;
/// The comment that keeps the entry below it as it is written: `# fmt: skip`.
const SKIP: &str = "fmt: skip";
/// How often a text is formatted until it stays the same.
const MAX_ROUNDS: usize = 4;

/// Why a text is not formatted.
#[derive(Debug)]
pub(crate) enum NotFormatted {
    /// The text is not YAML, or not a document that varve reads.
    Mistakes(Vec<Diagnostic>),
    /// The lines cannot be formatted without the lines around them, because their indentation would change.
    Lines,
    /// The formatted text would differ in more than its layout.
    Unsafe(&'static str),
}

/// Formats a text, or only some of its lines. No lines mean all.
///
/// # Errors
/// The text has mistakes of YAML, or the formatter would change more than the layout.
pub(crate) fn format(source: SourceId, text: &str, lines: &[LineRange]) -> Result<String, NotFormatted> {
    same::tree(source, text).map_err(NotFormatted::Mistakes)?;
    let formatted = stable(text).map_err(NotFormatted::Unsafe)?;
    same::check(text, &formatted).map_err(NotFormatted::Unsafe)?;
    if lines.is_empty() {
        return Ok(formatted);
    }
    let formatted = lines::only(text, &formatted, lines);
    same::check(text, &formatted).map_err(|_| NotFormatted::Lines)?;
    Ok(formatted)
}

/// Formats a text until it stays the same.
fn stable(text: &str) -> Result<String, &'static str> {
    let options = options(text);
    let mut now = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let next = pretty_yaml::format_text(&now, &options).map_err(|_| "the formatter cannot read it")?;
        let next = brackets::indented(&next);
        if next == now {
            return Ok(now);
        }
        now = next;
    }
    Err("a formatted file would be formatted again")
}

fn options(text: &str) -> FormatOptions {
    let line_break = if text.contains("\r\n") { LineBreak::Crlf } else { LineBreak::Lf };
    FormatOptions {
        layout: LayoutOptions { print_width: WIDTH, indent_width: 2, line_break },
        language: LanguageOptions {
            trailing_comma: false,
            brace_spacing: false,
            ignore_comment_directive: SKIP.to_owned(),
            ..LanguageOptions::default()
        },
    }
}
