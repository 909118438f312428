//! Errors of the printer.

use std::fmt;

/// A value that no syntax of a Dockerfile can carry. Its text continues the words "a Dockerfile cannot express".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{element} {problem}")]
pub struct PrintError {
    /// The index of the item in [`Dockerfile::items`](crate::Dockerfile::items). `None` for a directive.
    pub item: Option<usize>,
    /// The part of the item that has the value.
    pub element: Element,
    /// The reason why the value cannot be printed.
    pub problem: Problem,
}

/// A part of a Dockerfile that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// A parser directive, by its name.
    Directive(&'static str),
    /// A comment.
    Comment,
    /// A variable of `ENV` or `ARG`, by its name.
    Variable(String),
    /// A label, by its name.
    Label(String),
    /// A flag, by its name.
    Flag(&'static str),
    /// An argument of an instruction, by the name of the instruction.
    Argument(&'static str),
    /// The text of a here-document.
    HereDocument,
    /// An item as a whole.
    Item,
}

/// The reason why a value cannot be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It contains a line break, and the syntax has no way to write one there.
    LineBreak,
    /// It contains a NUL character.
    Nul,
    /// It is empty or contains blanks, and the syntax takes a single word without quotes there.
    NotOneWord,
    /// The name contains `=`, which ends a name in the syntax.
    EqualsSign,
    /// It uses a variable of whose name the syntax reads only a part.
    VariableName,
    /// It ends with the escape character, which would join the next line.
    Escape,
    /// One of its lines is the given delimiter.
    Delimiter,
    /// It has a line that is longer than the parser reads.
    LongLine,
    /// The instruction cannot be a trigger of `ONBUILD`.
    Trigger,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Directive(name) => write!(f, "a value of `# {name}`"),
            Element::Comment => f.write_str("a comment"),
            Element::Variable(name) => write!(f, "the variable `{name}`"),
            Element::Label(name) => write!(f, "the label `{name}`"),
            Element::Flag(name) => write!(f, "a value of `--{name}`"),
            Element::Argument(name) => write!(f, "a value of `{name}`"),
            Element::HereDocument => f.write_str("a text"),
            Element::Item => f.write_str("an instruction"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Problem::LineBreak => "with a line break",
            Problem::Nul => "with a NUL character",
            Problem::NotOneWord => "that is not one word",
            Problem::EqualsSign => "with `=` in its name",
            Problem::VariableName => {
                "that uses a variable whose name has characters other than letters, digits and `_`"
            }
            Problem::Escape => "that ends with the escape character",
            Problem::Delimiter => "with a line that is its own delimiter",
            Problem::LongLine => "with a line of more than 65535 bytes",
            Problem::Trigger => "that is not a trigger",
        })
    }
}
