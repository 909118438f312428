//! Errors for a value of the wrong type, such as a list instead of a string.

use super::Reader;
use super::shortened;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Keys, Shape, Table};
use crate::yaml::{Node, Style, Yaml, traps};

impl Reader<'_> {
    /// Reports a node of the wrong type.
    pub(crate) fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        self.found.push(wrong_type(node, expected));
    }

    /// Reports a node that does not fit its shape.
    pub(super) fn mismatch(&mut self, node: &Node<'_>, shape: Shape) {
        if let Yaml::Scalar(text, Style::Plain) = &node.yaml
            && traps::is_glued(text)
            && text.split_once(':').is_some_and(|(key, _)| has_key(shape, key))
        {
            self.found.push(traps::missing_space(node.span));
            return;
        }
        self.found.push(wrong_type(node, &expected(shape)).help_if(help(shape, node)));
    }
}

fn wrong_type(node: &Node<'_>, expected: &str) -> Diagnostic {
    let noun = node.yaml.noun();
    Diagnostic::error(Code::WrongType, node.span, format!("found {noun}, expected {expected}"))
}

fn expected(shape: Shape) -> String {
    match shape {
        Shape::Scalar(Scalar::Filled | Scalar::Written(_)) => Scalar::Text.expected(),
        Shape::Scalar(kind) => kind.expected(),
        Shape::List(item) => format!("{} or a list", expected(*item)),
        Shape::Items(items) => format!("a list of {}", items.noun),
        Shape::Names(names) => format!("a map of {}", names.noun),
        Shape::Map(Keys::Name, _) => "a map of names".to_owned(),
        Shape::Map(..) => "a map from names to strings".to_owned(),
        Shape::Table(table) => format!("a map with the keys of {}", table.noun),
        Shape::Union(union) => union.noun.to_owned(),
        Shape::Either(first @ Shape::Items(_), second) => {
            format!("{}, or {}", expected(*first), expected(*second))
        }
        Shape::Either(first, _) => expected(*first),
        Shape::Forms(forms) => expected(forms.short),
        Shape::Anything | Shape::Data => "a value".to_owned(),
        Shape::Computed(inner) => expected(*inner),
    }
}

fn help(shape: Shape, node: &Node<'_>) -> Option<String> {
    match (shape, &node.yaml) {
        (Shape::Table(table), Yaml::Scalar(text, _)) => {
            let first = short_form(table)?;
            Some(format!("write `{{{first}: {}}}`", shortened(text)))
        }
        (Shape::Union(union), Yaml::Scalar(text, _)) => {
            let named = union.variants.iter().map(|variant| variant.key.name).find(|name| *name == text);
            Some(match named {
                Some(name) => format!("write `{name}: ...`, with a value for it"),
                None => format!(
                    "start with the key that names its kind, such as `{}: ...`",
                    union.variants[0].key.name
                ),
            })
        }
        (
            Shape::Map(Keys::Environment | Keys::Free | Keys::Written(_) | Keys::Words(_), _),
            Yaml::List(_),
        ) => Some("write a map, with one `NAME: value` a line".to_owned()),
        (Shape::List(item), _) => help(*item, node),
        _ => None,
    }
}

/// The key for which a single string is most likely meant.
fn short_form(table: &Table) -> Option<&'static str> {
    let first = table.keys.first()?;
    let text = matches!(first.shape, Shape::Scalar(_) | Shape::Either(Shape::Scalar(_), _));
    (first.required || text).then_some(first.name)
}

/// Whether a shape allows a map that is not a choice.
pub(super) fn takes_map(shape: Shape) -> bool {
    !matches!(shape, Shape::Scalar(_) | Shape::List(_))
}

/// Whether the language has a key with this name in maps of a shape. Always true if the user chooses the keys.
pub(super) fn has_key(shape: Shape, name: &str) -> bool {
    match shape {
        Shape::Scalar(_) => false,
        Shape::List(item) => has_key(*item, name),
        Shape::Map(..) | Shape::Names(_) | Shape::Anything | Shape::Data => true,
        Shape::Items(items) => has_key(items.item, name),
        Shape::Forms(forms) => forms.long.key(name).is_some() || has_key(forms.short, name),
        Shape::Table(table) => table.key(name).is_some(),
        Shape::Union(union) => union.variants.iter().any(|variant| variant.key(name).is_some()),
        Shape::Either(_, second) => has_key(*second, name),
        Shape::Computed(inner) => has_key(*inner, name),
    }
}
