//! `fragments`: reusable step lists with parameters.

use super::reader::{Reader, bad_identifier, is_identifier};
use super::template::Template;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::expr::{Kind, Known};
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::yaml::{Entry, Node, Yaml};

/// A reusable step list.
#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) steps: Template,
}

/// A parameter; without a default it has to be given.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) default: Option<Template>,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Fragment> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a map of fragments");
        return Vec::new();
    };
    entries.iter().filter_map(|entry| fragment(reader, entry)).collect()
}

fn fragment(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Fragment> {
    let node = &entry.value;
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "the map of a fragment, with `steps`");
        return None;
    };
    reader.keys(node.span, entries, &keys::FRAGMENT);
    let parameters = node.get("params").map(|node| parameters(reader, node)).unwrap_or_default();
    let hidden: Vec<_> = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), reader.names.add(&parameter.name, Known::Plain(Kind::Any))))
        .collect();
    let shape = keys::FRAGMENT.keys.iter().find(|key| key.name == "steps")?.shape;
    let steps = node.get("steps").map(|node| reader.read(node, shape));
    for (name, known) in hidden.into_iter().rev() {
        reader.names.restore(&name, known);
    }
    Some(Fragment { name: entry.key.to_string(), span: entry.key_span, parameters, steps: steps? })
}

fn parameters(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Parameter> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a map of parameters");
        return Vec::new();
    };
    let mut parameters = Vec::new();
    for entry in entries {
        if !is_identifier(&entry.key) {
            reader.report(bad_identifier(&entry.key, entry.key_span));
        }
        let long = ["default", "required", "description"].iter().any(|key| entry.value.get(key).is_some());
        let default = match &entry.value.yaml {
            Yaml::Map(keys) if long => {
                reader.keys(entry.value.span, keys, &keys::PARAMETER);
                let required = entry.value.get("required").and_then(Node::text) == Some("true");
                let default = entry.value.get("default");
                if required == default.is_some() {
                    let message = format!("`{}` needs either a default or `required: true`", entry.key);
                    reader.report(Diagnostic::error(Code::KeyConflict, entry.key_span, message));
                }
                default
            }
            Yaml::Empty => None,
            _ => Some(&entry.value),
        };
        let default = default.map(|node| reader.read(node, Shape::Anything));
        parameters.push(Parameter { name: entry.key.to_string(), span: entry.key_span, default });
    }
    parameters
}
