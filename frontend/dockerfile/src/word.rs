//! Values into which a build puts variables.

use crate::names::VariableName;

/// A value of texts and variables. The texts stand for themselves, whatever is in them.
///
/// ```
/// use varve_dockerfile::{Part, Use, Variable, VariableName, Word};
///
/// let path = VariableName::new("PATH")?;
/// let variable = Variable { name: path, used: Use::Value };
/// let word: Word = [Part::from("/opt/bin:"), Part::Variable(variable)].into_iter().collect();
/// assert_eq!(word.parts.len(), 2);
/// # Ok::<(), varve_dockerfile::BadName>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// What stands one after the other.
    pub parts: Vec<Part>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// This text.
    Text(String),
    /// What a variable gives.
    Variable(Variable),
}

/// A variable where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: VariableName,
    /// What stands in its place.
    pub used: Use,
}

/// What stands in the place of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// Its value, or nothing: `$A`.
    Value,
    /// Its value, or this one where it is unset or empty: `${A:-b}`.
    Or(Word),
    /// This one, unless it is unset or empty: `${A:+b}`.
    IfSet(Word),
}

impl Word {
    /// The text of a value without variables.
    pub fn as_text(&self) -> Option<String> {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Variable(_) => None,
        });
        texts.collect()
    }

    /// Whether it can stand among words that blanks separate, without the form of JSON: it is not empty, has no blank and no line
    /// break, and neither begins as a flag or a list nor ends with an escape character.
    pub fn is_one_word(&self) -> bool {
        let texts = || {
            self.parts.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Variable(_) => "$",
            })
        };
        let whole: String = texts().collect();
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
        Part::Variable(Variable { name, used: Use::Value })
    }
}
