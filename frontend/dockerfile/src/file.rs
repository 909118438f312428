//! A whole Dockerfile.

use crate::instruction::Instruction;

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// What its first lines tell the parser.
    pub directives: Directives,
    /// The lines below them.
    pub items: Vec<Item>,
}

/// Parser directives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// `# syntax`: the image of the frontend that reads the file.
    pub syntax: Option<String>,
    /// `# escape`.
    pub escape: Escape,
    /// `# check`: what the checks leave out, and whether they fail the build.
    pub check: Option<String>,
}

/// The character that takes its meaning from the one behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Escape {
    /// `\`.
    #[default]
    Backslash,
    /// `` ` ``, for paths of Windows.
    Backtick,
}

/// An instruction, or what stands between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An empty line.
    Blank,
    /// A comment. Each of its lines is one.
    Comment(String),
    /// An instruction.
    Instruction(Instruction),
}

impl From<Instruction> for Item {
    fn from(instruction: Instruction) -> Self {
        Item::Instruction(instruction)
    }
}
