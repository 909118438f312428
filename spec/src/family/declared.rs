//! Parts of the file that are read before a variant is selected, after they have been checked against the tables.

use crate::base::source::Span;
use crate::expr::Expr;
use crate::family::template::Template;
use crate::schema::scalars;
use crate::schema::shapes::MapKind;
use crate::yaml::Style;

/// A checked part of the file, and its place.
#[derive(Debug)]
pub(crate) struct Declared<'n> {
    pub(crate) span: Span,
    pub(crate) kind: DeclaredKind<'n>,
}

#[derive(Debug)]
pub(crate) enum DeclaredKind<'n> {
    /// No value, where the value is optional.
    Nothing,
    /// A string without expressions, and how it is written.
    Text(&'n str, Style),
    List(Vec<Declared<'n>>),
    /// A map, and which keys it can have.
    Map(MapKind, Vec<Field<'n>>),
    /// A condition without `${{ }}`.
    Condition(Expr),
    /// A part that depends on the variant.
    Template(Template),
    /// A part that does not fit its shape. A diagnostic reports it already.
    Invalid,
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct Field<'n> {
    pub(crate) key: &'n str,
    pub(crate) key_span: Span,
    pub(crate) value: Declared<'n>,
}

/// In debug builds, the methods that take the name of a key panic if the tables do not have that key.
impl<'n> Declared<'n> {
    /// The fields of a map. Empty for anything else.
    pub(crate) fn fields(&self) -> &[Field<'n>] {
        match &self.kind {
            DeclaredKind::Map(_, fields) => fields,
            _ => &[],
        }
    }

    /// The items of a list. Empty for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            DeclaredKind::List(items) => items,
            _ => &[],
        }
    }

    /// Moves the fields out of a map. Empty for anything else.
    pub(crate) fn into_fields(self) -> Vec<Field<'n>> {
        match self.kind {
            DeclaredKind::Map(_, fields) => fields,
            _ => Vec::new(),
        }
    }

    /// The template of a part that depends on the variant. `None` for anything else.
    pub(crate) fn into_template(self) -> Option<Template> {
        match self.kind {
            DeclaredKind::Template(template) => Some(template),
            _ => None,
        }
    }

    /// The template of a part that depends on the variant. `None` for anything else.
    pub(crate) fn as_template(&self) -> Option<&Template> {
        match &self.kind {
            DeclaredKind::Template(template) => Some(template),
            _ => None,
        }
    }

    /// Whether this is a map.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.kind, DeclaredKind::Map(..))
    }

    /// Whether this is a map with keys of the language.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.kind, DeclaredKind::Map(MapKind::Table(_), _))
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let index = self.position(key)?;
        self.fields().get(index).map(|field| &field.value)
    }

    /// Moves the value of a key out of the map.
    pub(crate) fn take(&mut self, key: &str) -> Option<Self> {
        let index = self.position(key)?;
        match &mut self.kind {
            DeclaredKind::Map(_, fields) => Some(fields.remove(index).value),
            _ => None,
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        let DeclaredKind::Map(kind, fields) = &self.kind else { return None };
        kind.assert_has(key);
        let position = fields.iter().position(|field| field.key == key)?;
        kind.note_read(key);
        Some(position)
    }

    /// The string of a scalar. `None` for anything else.
    pub(crate) fn as_text(&self) -> Option<&'n str> {
        match self.kind {
            DeclaredKind::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The string of a key.
    pub(crate) fn text(&self, key: &str) -> Option<&'n str> {
        self.get(key).and_then(Self::as_text)
    }

    /// The truth value of a key.
    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        self.text(key).and_then(scalars::bool)
    }
}
