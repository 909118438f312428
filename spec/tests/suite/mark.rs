//! Marks: the expected diagnostics of a case, drawn below their places.
//!
//! ```text
//! form: debian
//! #^^^ error[unknown-key]: unknown key `form`
//! #    = label: not a key of a stage
//! #    = help: did you mean `from`?
//! ```
//!
//! The carets are below the place. If the place starts in the first column, the `#` counts as a caret. A `|` is a place of width
//! zero. If a place has several lines, the carets are below the first one, and `+2:7` after them means that the place ends two
//! lines below, in column 7. A place that cannot be drawn, such as one after the last line, is written as `@4:1+0:1`.

use std::fmt;

use varve_spec::{Diagnostic, Position, Severity, Sources, Span};

/// A diagnostic in the form of a mark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    start: (u32, u32),
    end: (u32, u32),
    /// The severity, the code and the message.
    heading: String,
    /// The label, the help and the related places, as they are written after `=`.
    notes: Vec<String>,
}

impl Mark {
    /// The mark of a diagnostic.
    pub(crate) fn of(found: &Diagnostic, sources: &Sources) -> Self {
        let severity = match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = |at: Position| (at.line, at.column);
        let range = |span: Span| {
            let (start, end) = sources.range(span);
            (place(start), place(end))
        };
        let (start, end) = range(found.span);
        let label = found.label.iter().map(|label| format!("label: {label}"));
        let help = found.help.iter().map(|help| format!("help: {help}"));
        let related = found.related.iter().map(|(span, part)| {
            let (line, column) = range(*span).0;
            format!("related {line}:{column}: {part}")
        });
        let heading = format!("{severity}[{}]: {}", found.code.name(), found.message);
        // A message can quote several lines, but a mark is one line.
        let one_line = |text: String| text.replace('\n', "\\n");
        let notes = label.chain(related).chain(help).map(one_line).collect();
        Self { start, end, heading: one_line(heading), notes }
    }

    /// The line above the mark.
    pub(crate) fn line(&self) -> u32 {
        self.start.0
    }

    /// Parses the first line of a mark. `line` is the number of the line above it.
    pub(crate) fn parse(text: &str, line: u32) -> Option<Self> {
        let behind = text.strip_prefix('#')?;
        let start = behind.find(|c: char| c != ' ')?;
        let (drawn, heading) = behind[start..].split_once(' ')?;
        if !(heading.starts_with("error[") || heading.starts_with("warning[")) {
            return None;
        }
        let number = |text: &str| text.parse::<u32>().ok();
        let pair = |text: &str| text.split_once(':').and_then(|(a, b)| Some((number(a)?, number(b)?)));
        let (first, more) = drawn.split_once('+').map_or((drawn, None), |(first, more)| (first, pair(more)));
        let begin = match first.strip_prefix('@') {
            Some(place) => pair(place)?,
            None if start == 0 => (line, 1),
            None => (line, start as u32 + 2),
        };
        let carets = match first {
            "|" => 0,
            _ if first.starts_with('@') => 0,
            _ => first.bytes().all(|byte| byte == b'^').then_some(first.len() + usize::from(start == 0))?,
        };
        let end = more.map_or((begin.0, begin.1 + carets as u32), |(down, column)| (begin.0 + down, column));
        Some(Self { start: begin, end, heading: heading.to_owned(), notes: Vec::new() })
    }

    /// Adds a line that continues the mark. Returns `false` for any other line.
    pub(crate) fn take_note(&mut self, text: &str) -> bool {
        let note = text.strip_prefix('#').and_then(|text| text.trim_start().strip_prefix("= "));
        self.notes.extend(note.map(str::to_owned));
        note.is_some()
    }

    /// The lines of the mark, in a file with `lines` lines whose marked line has `width` characters.
    pub(crate) fn lines(&self, lines: usize, width: usize) -> Vec<String> {
        let ((line, column), (end_line, end_column)) = (self.start, self.end);
        let drawable = line as usize <= lines && column != 2;
        let several = line != end_line;
        let last = if several { width as u32 + 1 } else { end_column };
        let carets = last.saturating_sub(column) as usize;
        let blank = " ".repeat((column as usize).saturating_sub(2));
        let more = if several { format!("+{}:{end_column}", end_line - line) } else { String::new() };
        let drawn = match (drawable, carets, column) {
            (false, ..) => format!("#  @{line}:{column}+{}:{end_column}", end_line - line),
            (true, 0, 1) => format!("#|{more}"),
            (true, 0, _) => format!("#{blank}|{more}"),
            (true, 1, 1) => format!("#  @{line}:{column}+{}:{end_column}", end_line - line),
            (true, _, 1) => format!("#{}{more}", "^".repeat(carets - 1)),
            (true, ..) => format!("#{blank}{}{more}", "^".repeat(carets)),
        };
        let notes = self.notes.iter().map(|note| format!("#{blank}  = {note}"));
        std::iter::once(format!("{drawn} {}", self.heading)).chain(notes).collect()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((line, column), (end_line, end_column)) = (self.start, self.end);
        write!(f, "{line}:{column}-{end_line}:{end_column} {}", self.heading)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n      = {note}"))
    }
}
