//! The value of an expression: a string, a truth value, a list, or a record such as an axis value.

use crate::base::sorted::map_of;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value. Numbers and versions are strings, so `3.10` stays `3.10`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(Arc<str>),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Arc<[Value]>),
    /// Named properties. Some records are usable as a string too: an axis value has its name, a platform its id.
    Record(Arc<Record>),
}

/// Named properties, and optionally a string.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The string that stands for the record, such as the name of an axis value.
    pub text: Option<Arc<str>>,
    /// The properties by name.
    pub fields: BTreeMap<String, Value>,
}

/// The largest size of a string that an expression makes, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;
/// The largest number of items of a list. Items of nested lists are counted too.
const MAX_LIST_ITEMS: usize = 10_000;

/// The limit for a value of this type, as a message shows it: `10000 items`.
pub(crate) fn limit(value: &Value) -> String {
    match value {
        Value::List(_) => format!("{MAX_LIST_ITEMS} items"),
        _ => format!("{MAX_TEXT_BYTES} bytes"),
    }
}

impl Value {
    /// Makes a string.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// Makes a list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// Makes a record. `text` is the string that stands for it.
    pub fn record<K: Into<String>>(text: Option<&str>, fields: impl IntoIterator<Item = (K, Self)>) -> Self {
        let fields = map_of(fields.into_iter().map(|(key, value)| (key.into(), value)));
        Self::Record(Arc::new(Record { text: text.map(Arc::from), fields }))
    }

    /// The value as a string: a string itself, the string of a record that has one, `true` or `false`. `None` for a list and for
    /// other records.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Record(record) => record.text.as_deref(),
            Self::List(_) => None,
        }
    }

    /// Whether the value exceeds its limit, [`MAX_TEXT_BYTES`] or [`MAX_LIST_ITEMS`].
    pub(crate) fn is_large(&self) -> bool {
        /// Subtracts the number of items, with those of nested lists, from `left`. Returns `false` if fewer are left.
        fn take(value: &Value, left: &mut usize) -> bool {
            let Value::List(items) = value else { return true };
            items.len() <= *left && {
                *left -= items.len();
                items.iter().all(|item| take(item, left))
            }
        }
        match self {
            Self::Text(text) => text.len() > MAX_TEXT_BYTES,
            Self::List(_) => !take(self, &mut MAX_LIST_ITEMS.clone()),
            _ => false,
        }
    }

    /// The name of the type in messages, with an article.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Bool(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Record(record) if record.text.is_some() => "a string",
            Self::Record(_) => "a map",
        }
    }

    /// Compares two values as `==` does: strings by their characters, and a record by its string.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Self::List(_), _) | (_, Self::List(_)) => false,
            _ => self.as_text().is_some() && self.as_text() == other.as_text(),
        }
    }
}

impl fmt::Display for Value {
    /// Formats the value for a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            _ => f.write_str(self.as_text().unwrap_or("a map")),
        }
    }
}
