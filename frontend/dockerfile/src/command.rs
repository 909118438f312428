//! Commands: for a shell, or as a program with its arguments.

/// What runs in a container of the image: `ENTRYPOINT`, `CMD`, and the test of `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A line for the shell that the stage has.
    Shell(Line),
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// What runs in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// A text for the shell that the stage has: on the line of the instruction, or in a here-document.
    Shell(String),
    /// A text for a program of its own. It is the first line of a here-document: `#!/bin/sh -e`.
    Program {
        /// The program and its one argument: `/bin/sh -e`.
        interpreter: String,
        /// The lines that the program reads.
        text: String,
    },
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// A text for a shell that an instruction can have on its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

/// A text that needs another form: a list of arguments or a here-document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot stand on the line of an instruction")]
pub struct NotOneLine;

impl Line {
    /// The line with this text.
    ///
    /// # Errors
    /// A text that is empty, has line breaks, a NUL or blanks around it, or that the syntax reads as something else: a flag, a list, a
    /// comment, a here-document, or a line that goes on.
    pub fn new(text: &str) -> Result<Self, NotOneLine> {
        let odd = text.contains(['\n', '\r', '\0']) || text.contains("<<") || text.ends_with('\\');
        if odd || text.is_empty() || text.starts_with(['[', '-', '#']) || text.trim() != text {
            return Err(NotOneLine);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text of the line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
