//! `axes`: the dimensions of the family. Each has a closed set of values, which can have properties.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::{Alias, aliases};
use super::axis_file;
use super::declared::{Declared, DeclaredKind, Field};
use super::reader::Reader;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::base::version;
use crate::expr::builtins::axes as builtin;
use crate::expr::{Known, unknown_value_help};
use crate::schema::keys::VALUES_OF_FILE;
use crate::yaml::Style;

/// The default that stands for the newest release among the values.
const NEWEST: &str = "newest";
/// The largest number of values of an axis.
const MAX_VALUES: usize = 1000;

/// An axis of the family.
#[derive(Debug)]
pub struct Axis {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// What the axis is for.
    pub description: Option<String>,
    /// Other names of the build argument.
    pub aliases: Vec<Alias>,
    /// The index of the value that is used if the client sets none.
    pub default: usize,
    /// The values, in the order of the file. There is at least one.
    pub values: Vec<AxisValue>,
}

/// A value of an axis.
#[derive(Debug)]
pub struct AxisValue {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The properties as a record. The string of the record is the name.
    pub value: Value,
}

impl Axis {
    /// The names of the values.
    pub fn value_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.values.iter().map(|value| value.name.as_str())
    }

    /// What expressions can know about the axis: its values, and the possible values of each property.
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

/// The value of `axes` in expressions: the values and the default of each axis.
pub(super) fn record(axes: &[Axis]) -> Value {
    let of = |axis: &Axis| {
        let values = Value::list(axis.value_names().map(Value::text));
        let default = Value::text(&axis.values[axis.default].name);
        Value::record(None, [(builtin::VALUES, values), (builtin::DEFAULT, default)])
    };
    Value::record(None, axes.iter().map(|axis| (axis.name.as_str(), of(axis))))
}

pub(super) fn axes(reader: &mut Reader<'_>, map: &Declared<'_>) -> Vec<Axis> {
    map.fields().iter().filter_map(|field| axis(reader, field)).collect()
}

/// Reads an axis. Returns `None` if it has no valid values.
fn axis(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Axis> {
    let Field { key: name, key_span, value } = field;
    let long = value.is_table();
    let mistakes = reader.found.len();
    let written = if long { value.get("values")? } else { value };
    let read;
    let of_file;
    let written = if written.is_table() {
        read = axis_file::values(reader, written)?;
        reader.data.are_read = true;
        of_file = reader.declare(&read, &VALUES_OF_FILE);
        reader.data.are_read = false;
        &of_file
    } else {
        written
    };
    let count = match &written.kind {
        DeclaredKind::List(items) => items.len(),
        DeclaredKind::Map(_, fields) => fields.len(),
        _ => return None,
    };
    if count == 0 {
        let error = Diagnostic::error(Code::BadValue, *key_span, format!("the axis `{name}` has no values"));
        reader.report(error.help("list its values, as in `flavour: [slim, full]`"));
        return None;
    }
    if count > MAX_VALUES {
        let message = format!("the axis `{name}` has more than {MAX_VALUES} values");
        let error = Diagnostic::error(Code::BadValue, *key_span, message);
        reader.report(error.help("if any value is possible, make it an argument under `args`"));
        return None;
    }
    let values = values(reader, written);
    // Every item was invalid, and is reported already.
    if values.is_empty() {
        return None;
    }
    let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
    let default = if long { value.get("default") } else { None };
    let default = default.and_then(|default| Some((default, default.as_text()?)));
    let default = default.map_or(Some(0), |(at, text)| {
        let mut position = names.iter().position(|known| *known == text);
        if text == NEWEST && position.is_none() {
            // A value with a mistake is no version.
            if reader.found.len() > mistakes {
                return Some(0);
            }
            match version::newest(names.iter().copied()) {
                Ok(newest) => position = newest,
                Err(error) => {
                    let message = format!("`{NEWEST}` compares versions: {error}");
                    reader.report(
                        Diagnostic::error(Code::BadValue, at.span, message)
                            .help("name the default value, or leave out the values that are not versions"),
                    );
                    return None;
                }
            }
        }
        if position.is_none() {
            let error =
                Diagnostic::error(Code::UnknownAxisValue, at.span, format!("`{name}` has no value `{text}`"));
            reader.report(error.help_if(unknown_value_help(text, &names)));
        }
        position
    });
    let description = if long { value.text("description").map(str::to_owned) } else { None };
    let default = default.unwrap_or(0);
    let aliases = aliases(value);
    Some(Axis { name: (*name).to_owned(), span: *key_span, description, aliases, default, values })
}

/// Reads a list of names, or a map of names to properties. A value that is written twice is reported, and the first one is kept.
fn values(reader: &mut Reader<'_>, written: &Declared<'_>) -> Vec<AxisValue> {
    let of_list = match &written.kind {
        DeclaredKind::List(items) => items.as_slice(),
        _ => &[],
    };
    let of_list = of_list.iter().filter_map(|item| Some((item.as_text()?, item.span, Vec::new())));
    let of_map = written.fields().iter();
    let of_map = of_map.map(|field| (field.key, field.key_span, properties(&field.value)));
    let mut values: Vec<AxisValue> = Vec::new();
    let mut places: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, span, fields) in of_list.chain(of_map) {
        if let Some(first) = places.insert(name, span) {
            let message = format!("the value `{name}` is defined twice");
            let error = Diagnostic::error(Code::DuplicateKey, span, message);
            reader.report(error.related(first, "first defined here"));
            continue;
        }
        values.push(AxisValue { name: name.to_owned(), span, value: Value::record(Some(name), fields) });
    }
    values
}

fn properties(map: &Declared<'_>) -> Vec<(String, Value)> {
    map.fields().iter().map(|field| (field.key.to_owned(), data(&field.value))).collect()
}

/// Converts plain data. A plain `true` or `false` is a truth value, and any other scalar is a string.
fn data(written: &Declared<'_>) -> Value {
    match &written.kind {
        DeclaredKind::Text("true", Style::Plain) => Value::Bool(true),
        DeclaredKind::Text("false", Style::Plain) => Value::Bool(false),
        DeclaredKind::Text(text, _) => Value::text(*text),
        DeclaredKind::List(items) => Value::list(items.iter().map(data)),
        DeclaredKind::Map(..) => Value::record(None, properties(written)),
        DeclaredKind::Nothing
        | DeclaredKind::Condition(_)
        | DeclaredKind::Template(_)
        | DeclaredKind::Invalid => Value::text(""),
    }
}
