//! Compares two configurations: every field of the OCI image configuration, and fields that OCI does not define.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::{Aspect, Difference, Side};
use super::values;

/// Fields that other code compares: the history, the layers, and the fields of `config` one by one.
const APART: [&str; 3] = ["history", "rootfs", "config"];
/// Fields of `config` that are maps, in which an empty value means something.
const MAPS: [&str; 3] = ["ExposedPorts", "Labels", "Volumes"];

pub(super) fn compare(first: &Value, second: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let without = |config: &Value, keys: &[&str]| {
        let fields = config.as_object().into_iter().flatten();
        let rest = fields.filter(|(key, _)| !keys.contains(&key.as_str()));
        Value::Object(rest.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    values::fields("config", &without(first, &APART), &without(second, &APART), &mut found);
    let (first, second) = (&first["config"], &second["config"]);
    let apart = [&MAPS[..], &["Env", "Healthcheck"]].concat();
    values::fields("config", &without(first, &apart), &without(second, &apart), &mut found);
    environment(&first["Env"], &second["Env"], &mut found);
    values::fields("config.Healthcheck", &first["Healthcheck"], &second["Healthcheck"], &mut found);
    for map in MAPS {
        values::entries(&format!("config.{map}"), &first[map], &second[map], &mut found);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Compares variables by name, and then the order of the variables that both images have. The order matters if one variable uses
/// another, and programs can observe it.
fn environment(first: &Value, second: &Value, found: &mut Vec<Difference>) {
    let (first, second) = (Environment::of(first), Environment::of(second));
    let side = |value: &Option<&str>| match value {
        Some(value) => Side::value(&(*value).into()),
        None => Side { value: Value::Null, text: "no value".to_owned() },
    };
    let names: BTreeSet<&String> = first.values.keys().chain(second.values.keys()).collect();
    for name in names {
        let (one, other) = (first.values.get(name), second.values.get(name));
        if one != other {
            found.push(Difference::new(format!("config.Env.{name}"), one.map(side), other.map(side)));
        }
    }
    let (one, other) = (first.order_of_both(&second), second.order_of_both(&first));
    if one != other {
        let side = |names: Vec<&str>| Side { text: names.join(" "), value: names.into() };
        found.push(Difference::changed("config.Env", side(one), side(other)).of(Aspect::Order));
    }
}

/// Variables by name, and their order. The second variable with a name is `NAME#2`, so that none is lost.
struct Environment<'v> {
    order: Vec<String>,
    /// The value is `None` for an entry without `=`.
    values: BTreeMap<String, Option<&'v str>>,
}

impl<'v> Environment<'v> {
    fn of(env: &'v Value) -> Environment<'v> {
        let mut environment = Environment { order: Vec::new(), values: BTreeMap::new() };
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for text in env.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            let number = numbers.entry(name).or_default();
            *number += 1;
            let name = if *number == 1 { name.to_owned() } else { format!("{name}#{number}") };
            environment.order.push(name.clone());
            environment.values.insert(name, value);
        }
        environment
    }

    /// Returns the names that both environments have, in the order of this one.
    fn order_of_both(&self, other: &Environment<'_>) -> Vec<&str> {
        let both = self.order.iter().filter(|name| other.values.contains_key(*name));
        both.map(String::as_str).collect()
    }
}
