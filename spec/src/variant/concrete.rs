//! What a template is for one variant: texts, lists and maps without expressions or choices.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::source::Span;
use crate::schema::scalars;
use crate::schema::shapes::UnionVariant;

/// A piece of the file for one variant, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct ConcreteValue {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text(Arc<str>),
    List(Vec<ConcreteValue>),
    Map(Option<&'static UnionVariant>, Vec<Field>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) key: Cow<'static, str>,
    pub(crate) key_span: Span,
    pub(crate) value: ConcreteValue,
}

/// Reading what the tables have made sure of: a key that is not there gives nothing, and so does one of another shape,
/// for which a finding exists already.
impl ConcreteValue {
    /// The fields of a map.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Map(_, fields) => fields,
            _ => &[],
        }
    }

    /// The form of a map that has naming keys.
    pub(crate) fn form(&self) -> Option<&'static UnionVariant> {
        match self.kind {
            Kind::Map(form, _) => form,
            _ => None,
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.fields().iter().find(|field| field.key.as_ref() == key).map(|field| &field.value)
    }

    /// The text of a text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; a single text or map is a list of itself.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::as_text).map(str::to_owned)
    }

    /// The texts of a list.
    pub(crate) fn as_texts(&self) -> Vec<String> {
        self.items().iter().filter_map(Self::as_text).map(str::to_owned).collect()
    }

    /// The texts of the list of a key.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(Self::as_texts).unwrap_or_default()
    }

    /// The truth value of a key.
    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Self::as_text).and_then(scalars::bool)
    }

    /// The texts of the map of a key, in their order.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let fields = self.get(key).map(Self::fields).unwrap_or_default().iter();
        fields.filter_map(|field| Some((field.key.to_string(), field.value.as_text()?.to_owned()))).collect()
    }
}
