//! Names: what stages and variables can be called.

use std::fmt;

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not the name of a {of}")]
pub struct BadName {
    /// The text.
    pub name: String,
    /// What it should name: `stage` or `variable`.
    pub of: &'static str,
}

/// The name of a stage: a lower-case letter, then lower-case letters, digits, `-`, `_` and `.` (`instructions/parse.go`). A Dockerfile
/// may write it in capitals, and means the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StageName(String);

impl StageName {
    /// The name with this text.
    ///
    /// # Errors
    /// A text that is no such name.
    pub fn new(name: &str) -> Result<Self, BadName> {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with(|c: char| c.is_ascii_lowercase()) && lower.chars().all(is_of_stage) {
            return Ok(Self(lower));
        }
        Err(BadName { name: name.to_owned(), of: "stage" })
    }

    /// The name that is most like a text: in lower case, `-` for each other character, and `stage-` before a text that does not
    /// begin with a letter.
    pub fn like(text: &str) -> Self {
        let name: String =
            text.to_lowercase().chars().map(|c| if is_of_stage(c) { c } else { '-' }).collect();
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
        Self(if is_name { name } else { format!("stage-{name}") })
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_stage(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c)
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a variable of `ENV` and `ARG`. It has no blank, no control character and nothing that the syntax reads as something else:
/// `=`, `$`, quotes, the escape characters, and `#` or `-` at its beginning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableName(String);

impl VariableName {
    /// The name with this text.
    ///
    /// # Errors
    /// A text that is no such name.
    pub fn new(name: &str) -> Result<Self, BadName> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "=$\"'\\`".contains(c);
        if name.is_empty() || name.contains(odd) || name.starts_with(['#', '-']) {
            return Err(BadName { name: name.to_owned(), of: "variable" });
        }
        Ok(Self(name.to_owned()))
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a value can use the variable: `$a.b` is `$a` with a text behind it.
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
