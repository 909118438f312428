//! Compares JSON values by their keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::difference::{Difference, Side};

/// Compares the fields of two objects that have a known type.
pub(super) fn fields(name: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    for key in keys(first, second) {
        field(&format!("{name}.{key}"), &first[key], &second[key], found);
    }
}

/// Compares a field. An empty field is equal to a missing one, because some builders write empty fields and others do not.
pub(super) fn field(name: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    if first == second || (is_empty(first) && is_empty(second)) {
        return;
    }
    let no_entries = Value::Object(Map::new());
    let [one, other] = [first, second].map(|value| if is_empty(value) { &no_entries } else { value });
    if one.is_object() && other.is_object() {
        return entries(name, one, other, found);
    }
    let side = |value: &Value| (!is_empty(value)).then(|| Side::value(value));
    found.push(Difference::new(name, side(first), side(second)));
}

/// Compares the entries of two maps, such as labels. An empty value differs from a missing one.
pub(super) fn entries(name: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    for key in keys(first, second) {
        let name = format!("{name}.{key}");
        match (first.get(key), second.get(key)) {
            (Some(first), Some(second)) if first == second => {}
            (Some(first @ Value::Object(_)), Some(second @ Value::Object(_))) => {
                entries(&name, first, second, found);
            }
            (first, second) => {
                found.push(Difference::new(name, first.map(Side::value), second.map(Side::value)));
            }
        }
    }
}

/// Whether a value is the one that a missing field has.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Returns the keys of both objects, sorted.
fn keys<'v>(first: &'v Value, second: &'v Value) -> BTreeSet<&'v str> {
    let objects = [first, second].into_iter().filter_map(Value::as_object);
    objects.flat_map(Map::keys).map(String::as_str).collect()
}
