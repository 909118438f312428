//! A whole Dockerfile.

use crate::instruction::Instruction;

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The parser directives at the top.
    pub directives: Directives,
    /// The instructions, comments and empty lines below them.
    pub items: Vec<Item>,
}

/// Parser directives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// `# syntax`: the image of the frontend that reads the file.
    pub syntax: Option<String>,
    /// `# escape`: the escape character.
    pub escape: Escape,
    /// `# check`: which checks to skip, and whether a warning fails the build.
    pub check: Option<String>,
}

/// The escape character: the character after it is literal, and a line that ends with it is continued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Escape {
    /// `\`.
    #[default]
    Backslash,
    /// `` ` ``, for paths of Windows.
    Backtick,
}

/// An instruction, or something between instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An empty line.
    Blank,
    /// A comment. The printer writes one comment for each line of the text.
    Comment(String),
    /// An instruction.
    Instruction(Instruction),
}

impl From<Instruction> for Item {
    fn from(instruction: Instruction) -> Self {
        Item::Instruction(instruction)
    }
}
