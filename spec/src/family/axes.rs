//! `axes`: the dimensions of the family, each a closed set of values with properties.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Reader, bad_identifier, is_identifier};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Known, unknown_value_help};
use crate::schema::keys;
use crate::yaml::{Entry, Node, Yaml};

/// An axis may not have more values than this.
const MAX_VALUES: usize = 1000;

/// A dimension of the family.
#[derive(Debug)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What it is.
    pub description: Option<String>,
    /// The index of the value that counts when none is given.
    pub default: usize,
    /// Its values, in the order of the file; at least one.
    pub values: Vec<AxisValue>,
}

/// A value of an axis.
#[derive(Debug)]
pub struct AxisValue {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its properties, as a record whose text is the name.
    pub value: Value,
}

impl Axis {
    /// The names of the values.
    pub fn value_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.values.iter().map(|value| value.name.as_str())
    }

    /// What expressions may assume of it.
    pub(crate) fn known(&self) -> Known {
        let mut properties: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        for value in &self.values {
            let Value::Record(record) = &value.value else { continue };
            for (name, property) in &record.fields {
                let texts = properties.entry(name.clone()).or_insert_with(|| Some(BTreeSet::new()));
                match (property, texts) {
                    (Value::Text(text), Some(texts)) => {
                        texts.insert(text.to_string());
                    }
                    (_, texts) => *texts = None,
                }
            }
        }
        Known::Axis { values: self.value_names().map(str::to_owned).collect(), properties }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Axis> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a map of axes");
        return Vec::new();
    };
    entries.iter().filter_map(|entry| axis(reader, entry)).collect()
}

fn axis(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Axis> {
    if !is_identifier(&entry.key) {
        reader.report(bad_identifier(&entry.key, entry.key_span));
    }
    let long = entry.value.get("values");
    if let Yaml::Map(entries) = &entry.value.yaml
        && (long.is_some() || is_long_without_values(entries))
    {
        reader.keys(entry.value.span, entries, &keys::AXIS);
        reader.plain_keys(entries, &keys::AXIS);
        long?;
    }
    let before = reader.found.len();
    let values = values(reader, long.unwrap_or(&entry.value));
    if values.is_empty() && reader.found.len() > before {
        return None;
    }
    if values.len() > MAX_VALUES {
        let message = format!("the axis `{}` has more than {MAX_VALUES} values", entry.key);
        let error = Diagnostic::error(Code::BadValue, entry.key_span, message);
        reader.report(error.help("a free parameter is an argument, under `args`"));
        return None;
    }
    if values.is_empty() {
        let error = Diagnostic::error(
            Code::BadValue,
            entry.key_span,
            format!("the axis `{}` has no values", entry.key),
        );
        reader.report(error.help("list them: `flavour: [slim, full]`"));
        return None;
    }
    let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
    let mut default = 0;
    if let Some(node) = long.and_then(|_| entry.value.get("default")) {
        let name = node.text().unwrap_or_default();
        match names.iter().position(|known| *known == name) {
            Some(index) => default = index,
            None if name.is_empty() => {}
            None => {
                let message = format!("`{}` has no value `{name}`", entry.key);
                let error = Diagnostic::error(Code::UnknownAxisValue, node.span, message);
                reader.report(error.help_if(unknown_value_help(name, &names)));
            }
        }
    }
    let description =
        long.and_then(|_| entry.value.get("description")).and_then(Node::text).map(str::to_owned);
    Some(Axis { name: entry.key.to_string(), span: entry.key_span, description, default, values })
}

/// Whether the keys are those of the long form, but `values` is not among them: a value has properties, not a text.
fn is_long_without_values(entries: &[Entry<'_>]) -> bool {
    let of_long_form = |entry: &Entry<'_>| keys::AXIS.keys.iter().any(|key| key.name == entry.key);
    entries.iter().any(|entry| of_long_form(entry) && entry.value.text().is_some())
}

/// A list of names, or a map of names to their properties.
fn values(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<AxisValue> {
    let mut values: Vec<AxisValue> = Vec::new();
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    let mut add = |reader: &mut Reader<'_>, name: &str, span: Span, properties: Option<&Node<'_>>| {
        if let Some(first) = places.insert(name.to_owned(), span) {
            let error =
                Diagnostic::error(Code::DuplicateKey, span, format!("the value `{name}` stands twice"));
            reader.report(error.related(first, "first written"));
            return;
        }
        if !valid_value(name) {
            let error =
                Diagnostic::error(Code::BadName, span, format!("`{name}` cannot be the name of a value"));
            reader.report(
                error.label("expected letters, digits and `. _ - + / : @`, starting with a letter or digit"),
            );
        }
        let fields = properties.map(|node| self::properties(reader, node)).unwrap_or_default();
        let value = Value::record(Some(name), fields);
        values.push(AxisValue { name: name.to_owned(), span, value });
    };
    match &node.yaml {
        Yaml::List(items) => {
            for item in items {
                match item.text() {
                    Some(name) => add(reader, name, item.span, None),
                    None => reader.wrong_type(item, "the name of a value"),
                }
            }
        }
        Yaml::Map(entries) => {
            for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-")) {
                add(reader, &entry.key, entry.key_span, Some(&entry.value));
            }
        }
        _ => reader.wrong_type(node, "a list of values, or a map of values to their properties"),
    }
    values
}

fn valid_value(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/:@".contains(c))
}

fn properties(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<(String, Value)> {
    match &node.yaml {
        Yaml::Empty => Vec::new(),
        Yaml::Map(entries) => {
            let mut fields = Vec::new();
            for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-")) {
                if !is_identifier(&entry.key) {
                    reader.report(bad_identifier(&entry.key, entry.key_span));
                }
                fields.push((entry.key.to_string(), property(reader, &entry.value)));
            }
            fields
        }
        _ => {
            reader.wrong_type(node, "a map of properties");
            Vec::new()
        }
    }
}

/// Plain data: a text, a truth value written without quotes, a list, or a map.
fn property(reader: &mut Reader<'_>, node: &Node<'_>) -> Value {
    match &node.yaml {
        Yaml::Empty => Value::text(""),
        Yaml::Scalar(text, style) => {
            if text.contains("${{") {
                let error = Diagnostic::error(
                    Code::BadValue,
                    node.span,
                    "an expression in a property of an axis value",
                );
                reader
                    .report(error.label("properties are plain data").help("put the expression into `vars`"));
            }
            match (text.as_ref(), style) {
                ("true", crate::yaml::Style::Plain) => Value::Bool(true),
                ("false", crate::yaml::Style::Plain) => Value::Bool(false),
                (text, _) => Value::text(text),
            }
        }
        Yaml::List(items) => Value::list(items.iter().map(|item| property(reader, item))),
        Yaml::Map(_) => Value::record(None, properties(reader, node)),
    }
}
