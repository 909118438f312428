//! Commands, in shell form and in exec form.

/// The command of `ENTRYPOINT`, `CMD` and `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A line for the shell of the stage.
    Shell(Line),
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// The command of `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// A script for the shell of the stage. The printer writes it on the line of the instruction, or as a here-document.
    Shell(String),
    /// A script for another interpreter. The printer writes a here-document that begins with `#!`, such as `#!/bin/sh -e`.
    Program {
        /// The interpreter and at most one argument, such as `/bin/sh -e`.
        interpreter: String,
        /// The script without the line `#!`.
        text: String,
    },
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// A shell command that fits on the line of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

/// The error for a text that does not fit on the line of an instruction. Arguments or a here-document can carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text does not fit on the line of an instruction")]
pub struct NotOneLine;

impl Line {
    /// Creates a line.
    ///
    /// # Errors
    /// Returns an error if the text is empty, contains a line break or a NUL character, or has blanks around it. Also if the syntax reads
    /// it as something else: a flag, a list, a comment, a here-document, or a line that is continued.
    pub fn new(text: &str) -> Result<Self, NotOneLine> {
        let odd = text.contains(['\n', '\r', '\0']) || text.contains("<<") || text.ends_with('\\');
        if odd || text.is_empty() || text.starts_with(['[', '-', '#']) || text.trim() != text {
            return Err(NotOneLine);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
