//! Values that can use variables.

use crate::names::VariableName;

/// A value: texts and variables, one after the other. A text is literal; the printer escapes it.
///
/// ```
/// use varve_dockerfile::{Expansion, Part, Variable, VariableName, Word};
///
/// let path = VariableName::new("PATH")?;
/// let variable = Variable { name: path, expansion: Expansion::Value };
/// let word: Word = [Part::from("/opt/bin:"), Part::Variable(variable)].into_iter().collect();
/// assert_eq!(word.parts.len(), 2);
/// # Ok::<(), varve_dockerfile::InvalidName>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// The parts in their order.
    pub parts: Vec<Part>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A literal text.
    Text(String),
    /// A variable, which the build replaces.
    Variable(Variable),
}

/// The use of a variable in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: VariableName,
    /// What the build replaces it with.
    pub expansion: Expansion,
}

/// What the build replaces a variable with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expansion {
    /// The value of the variable, or nothing if it is unset: `$A`.
    Value,
    /// The value of the variable, or this default if it is unset or empty: `${A:-b}`.
    Default(Word),
    /// This alternative, or nothing if the variable is unset or empty: `${A:+b}`.
    Alternative(Word),
}

impl Word {
    /// Returns the text of a value without variables.
    pub fn as_text(&self) -> Option<String> {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Variable(_) => None,
        });
        texts.collect()
    }

    /// Whether the value can be one of several words separated by blanks, and need not be written as JSON. It is not empty, contains no
    /// blank and no line break, does not begin like a flag or a list, and does not end with an escape character.
    pub fn is_one_word(&self) -> bool {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Variable(_) => "$",
        });
        let whole: String = texts.collect();
        let odd = whole.contains(char::is_whitespace) || whole.starts_with(['[', '-']);
        !whole.is_empty() && !odd && !whole.ends_with(['\\', '`'])
    }
}

impl<T: Into<Part>> From<T> for Word {
    fn from(part: T) -> Self {
        Self { parts: vec![part.into()] }
    }
}

impl FromIterator<Part> for Word {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self { parts: parts.into_iter().collect() }
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Part::Text(text.to_owned())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Part::Text(text)
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Part::Text(text.clone())
    }
}

impl From<Variable> for Part {
    fn from(variable: Variable) -> Self {
        Part::Variable(variable)
    }
}

impl From<VariableName> for Part {
    fn from(name: VariableName) -> Self {
        Part::Variable(Variable { name, expansion: Expansion::Value })
    }
}
