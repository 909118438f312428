//! What an expression gives: a text, a truth value, a list, or a record such as the value of an axis.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value. Numbers and versions are texts: `3.10` stays `3.10`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(Arc<str>),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Arc<[Value]>),
    /// Named properties, with a text of its own where it has one: the name of an axis value, the id of a platform.
    Record(Arc<Record>),
}

/// Named properties.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// What it is as a text.
    pub text: Option<Arc<str>>,
    /// Its properties.
    pub fields: BTreeMap<String, Value>,
}

/// A text that an expression makes may not be longer than this.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;
/// A list may not hold more items than this, those of lists in it included.
const MAX_LIST_ITEMS: usize = 10_000;

/// How large a value like this may be.
pub(crate) fn limit(value: &Value) -> String {
    match value {
        Value::List(_) => format!("{MAX_LIST_ITEMS} items"),
        _ => format!("{MAX_TEXT_BYTES} bytes"),
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A record that is also a text.
    pub fn record<K: Into<String>>(text: Option<&str>, fields: impl IntoIterator<Item = (K, Self)>) -> Self {
        let fields = fields.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Self::Record(Arc::new(Record { text: text.map(Arc::from), fields }))
    }

    /// The text of a text or of a record that has one; `true` and `false` for truth values.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Record(record) => record.text.as_deref(),
            Self::List(_) => None,
        }
    }

    /// Whether it is larger than any image needs.
    pub(crate) fn is_large(&self) -> bool {
        /// Takes the items of a list, and of the lists in it, from what may be left of them.
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

    /// What to call it in a message.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Bool(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Record(record) if record.text.is_some() => "a string",
            Self::Record(_) => "a record",
        }
    }

    /// Equality as `==` has it: texts by their letters, a record by its text.
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
    /// As a person reads it in a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            _ => f.write_str(self.as_text().unwrap_or("a record")),
        }
    }
}
