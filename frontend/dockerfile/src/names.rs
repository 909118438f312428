//! The names of stages and variables.

use std::fmt;

/// The error for a text that is not a valid name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not the name of a {of}")]
pub struct InvalidName {
    /// The text.
    pub name: String,
    /// What it would name: `stage` or `variable`.
    pub of: &'static str,
}

/// The name of a stage: a lower-case letter, then lower-case letters, digits, `-`, `_` and `.` (`instructions/parse.go`). In a
/// Dockerfile, upper case means the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageName(String);

impl StageName {
    /// Creates a name.
    ///
    /// # Errors
    /// Returns an error if the text is not a valid name.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with(|c: char| c.is_ascii_lowercase()) && lower.chars().all(is_stage_character) {
            return Ok(Self(lower));
        }
        Err(InvalidName { name: name.to_owned(), of: "stage" })
    }

    /// Makes a valid name of any text: in lower case, with `-` for each invalid character, and with `stage-` before a text that does
    /// not begin with a letter.
    pub fn sanitise(text: &str) -> Self {
        let name: String =
            text.to_lowercase().chars().map(|c| if is_stage_character(c) { c } else { '-' }).collect();
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
        Self(if is_name { name } else { format!("stage-{name}") })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_stage_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c)
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a variable of `ENV` or `ARG`. It contains no blank, no control character, and no character that has a meaning in the
/// syntax: `=`, `$`, quotes, escape characters, and `#` or `-` at the beginning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableName(String);

impl VariableName {
    /// Creates a name.
    ///
    /// # Errors
    /// Returns an error if the text is not a valid name.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "=$\"'\\`".contains(c);
        if name.is_empty() || name.contains(odd) || name.starts_with(['#', '-']) {
            return Err(InvalidName { name: name.to_owned(), of: "variable" });
        }
        Ok(Self(name.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a value can use the variable. `a.b` is not usable: the syntax reads `$a.b` as `$a` and the text `.b`.
    pub fn is_usable(&self) -> bool {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !self.0.starts_with(|c: char| c.is_ascii_digit()) && self.0.chars().all(is_of_name)
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
