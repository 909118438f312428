//! What cannot be written.

use std::fmt;

/// A value that no form of a Dockerfile can carry. Its text continues the words "a Dockerfile cannot express".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {why}{}", what.name())]
pub struct Unwritable {
    /// The position of the item in [`Dockerfile::items`](crate::Dockerfile::items). Nothing for a directive.
    pub item: Option<usize>,
    /// The value.
    pub what: What,
    /// What stands against it.
    pub why: Why,
}

/// A value in a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The value of a parser directive.
    Directive(&'static str),
    /// A comment.
    Comment,
    /// A value of `ENV` or `ARG`, by the name of its variable.
    Variable(String),
    /// A label, by its name.
    Label(String),
    /// The value of a flag.
    Flag(&'static str),
    /// An argument of an instruction.
    Argument(&'static str),
    /// The lines of a here-document.
    Text,
}

/// Why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has a line break where the syntax has no form for one.
    LineBreak,
    /// It has a NUL.
    Nul,
    /// It is empty or has blanks, where the syntax takes a single word without quotes.
    NotOneWord,
    /// The name has a `=`, at which the syntax ends names.
    EqualsSign,
    /// It uses a variable whose name the syntax reads only in part.
    VariableName,
    /// It ends with the escape character, which would join the next line.
    Escape,
    /// A line of it is the delimiter that it is to have.
    Delimiter,
    /// An instruction that `ONBUILD` does not take.
    Trigger,
}

impl What {
    /// The name of the value, behind what is said of it.
    fn name(&self) -> String {
        match self {
            What::Variable(name) | What::Label(name) => format!(", `{name}`"),
            _ => String::new(),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Directive(name) => write!(f, "a value of `# {name}`"),
            What::Comment => f.write_str("a comment"),
            What::Variable(_) => f.write_str("a variable"),
            What::Label(_) => f.write_str("a label"),
            What::Flag(name) => write!(f, "a value of `--{name}`"),
            What::Argument(name) => write!(f, "a value of `{name}`"),
            What::Text => f.write_str("a text"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::LineBreak => "of several lines",
            Why::Nul => "with a NUL",
            Why::NotOneWord => "that is not one word",
            Why::EqualsSign => "with `=` in its name",
            Why::VariableName => "that uses a variable whose name is not of letters, digits and `_`",
            Why::Escape => "that ends with the escape character",
            Why::Delimiter => "that has its own delimiter as a line",
            Why::Trigger => "that is no trigger",
        })
    }
}
