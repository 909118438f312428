//! Concrete values: the templates of one variant, expanded to strings, lists and maps without expressions and choices.

use std::borrow::Cow;
use std::sync::Arc;

use super::trace::Dependencies;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::schema::kinds::{BaseKind, CheckKind, FactKind, MountKind, StepKind, VariantKind};
use crate::schema::scalars;
use crate::schema::shapes::{MapKind, UnionVariant};

/// A part of the build file for one variant, and its place.
#[derive(Debug, Clone)]
pub(crate) struct ConcreteValue {
    pub(crate) span: Span,
    pub(crate) kind: ConcreteKind,
    /// Whether the expansion found no mistake in it. Otherwise parts of it are missing.
    pub(crate) is_complete: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum ConcreteKind {
    Text(Arc<str>),
    List(Vec<ConcreteValue>),
    /// A map, and which keys it can have.
    Map(MapKind, Vec<Field>),
    /// A value of any form, such as an argument in `with`, and its dependencies.
    Value(Value, Dependencies),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) key: Cow<'static, str>,
    pub(crate) key_span: Span,
    pub(crate) value: ConcreteValue,
}

/// The reader has checked the file against the tables before. So the methods return nothing for a value of another type, since a
/// diagnostic reports it already, and nothing for a key that is absent.
///
/// In debug builds, the methods that take the name of a key panic if the tables do not have that key.
impl ConcreteValue {
    /// The fields of a map. Empty for anything else.
    pub(crate) fn fields(&self) -> &[Field] {
        match &self.kind {
            ConcreteKind::Map(_, fields) => fields,
            ConcreteKind::Text(_) | ConcreteKind::List(_) | ConcreteKind::Value(..) => &[],
        }
    }

    /// The variant of a tagged union, for a map that is one.
    pub(crate) fn variant(&self) -> Option<&'static UnionVariant> {
        match self.kind {
            ConcreteKind::Map(kind, _) => kind.variant(),
            ConcreteKind::Text(_) | ConcreteKind::List(_) | ConcreteKind::Value(..) => None,
        }
    }

    /// The kind of a step, and the value of its discriminator. `None` if a choice omits that value.
    pub(crate) fn step(&self) -> Option<(StepKind, &Self)> {
        match self.discriminated()? {
            (VariantKind::Step(kind), value) => Some((kind, value)),
            _ => None,
        }
    }

    /// The kind of a mount, and the value of its discriminator. `None` if a choice omits that value.
    pub(crate) fn mount(&self) -> Option<(MountKind, &Self)> {
        match self.discriminated()? {
            (VariantKind::Mount(kind), value) => Some((kind, value)),
            _ => None,
        }
    }

    /// The kind of an image test, and the value of its discriminator. `None` if a choice omits that value.
    pub(crate) fn check(&self) -> Option<(CheckKind, &Self)> {
        match self.discriminated()? {
            (VariantKind::Check(kind), value) => Some((kind, value)),
            _ => None,
        }
    }

    /// The kind of a fact, and the value of its discriminator. `None` if a choice omits that value.
    pub(crate) fn fact(&self) -> Option<(FactKind, &Self)> {
        match self.discriminated()? {
            (VariantKind::Fact(kind), value) => Some((kind, value)),
            _ => None,
        }
    }

    /// The kind of the base of a stage that is written as a map, and the value of its discriminator. `None` for a base that is not.
    pub(crate) fn base(&self) -> Option<(BaseKind, &Self)> {
        match self.discriminated()? {
            (VariantKind::Base(kind), value) => Some((kind, value)),
            _ => None,
        }
    }

    /// The name of the stage or image that the value of a key `from` or `stage` names, and the arguments in `with`. `None` if it
    /// names neither.
    pub(crate) fn reference(&self) -> Option<(&str, Option<&Self>)> {
        match self.as_text() {
            Some(name) => Some((name, None)),
            None => Some((self.get_if_known("stage")?.as_text()?, self.get_if_known("with"))),
        }
    }

    fn discriminated(&self) -> Option<(VariantKind, &Self)> {
        let variant = self.variant()?;
        Some((variant.kind, self.get(variant.key.name)?))
    }

    /// A key with its value.
    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        let ConcreteKind::Map(kind, fields) = &self.kind else { return None };
        kind.assert_has(key);
        let field = fields.iter().find(|field| field.key.as_ref() == key)?;
        kind.note_read(key);
        Some(field)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.field(key).map(|field| &field.value)
    }

    /// The value of a key that only some maps of a tagged union have, such as `mounts` of steps.
    pub(crate) fn get_if_known(&self, key: &str) -> Option<&Self> {
        let ConcreteKind::Map(kind, _) = &self.kind else { return None };
        kind.key(key).and_then(|key| self.get(key.name))
    }

    /// The string of a scalar. `None` for anything else.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ConcreteKind::Text(text) => Some(text),
            ConcreteKind::List(_) | ConcreteKind::Map(..) | ConcreteKind::Value(..) => None,
        }
    }

    /// The truth value of a scalar. `None` for anything else.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        self.as_text().and_then(scalars::bool)
    }

    /// The items of a list. A single string or map counts as a list of one item.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            ConcreteKind::List(items) => items,
            ConcreteKind::Text(_) | ConcreteKind::Map(..) | ConcreteKind::Value(..) => {
                std::slice::from_ref(self)
            }
        }
    }

    /// The string of a key.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::as_text).map(str::to_owned)
    }

    /// The strings in a list.
    pub(crate) fn as_texts(&self) -> Vec<String> {
        self.items().iter().filter_map(Self::as_text).map(str::to_owned).collect()
    }

    /// The strings in the list of a key.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(Self::as_texts).unwrap_or_default()
    }

    /// The truth value of a key.
    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Self::as_bool)
    }

    /// The keys and strings of a map, in their order.
    pub(crate) fn as_pairs(&self) -> Vec<(String, String)> {
        let fields = self.fields().iter();
        fields.filter_map(|field| Some((field.key.to_string(), field.value.as_text()?.to_owned()))).collect()
    }

    /// The keys and strings of the map of a key, in their order.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(String, String)> {
        self.get(key).map(Self::as_pairs).unwrap_or_default()
    }
}
