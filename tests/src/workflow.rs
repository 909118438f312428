//! Workflows of GitHub Actions: reads them, and runs their jobs on this machine.
//!
//! It knows the part of the system that `varve ci` writes, and nothing else: any other key, action or expression is an error.

pub mod rules;
pub mod running;

use anyhow::{Result, anyhow};
use serde_json::{Map, Value};
use varve_spec::Sources;
use varve_spec::yaml::{self, Node, Style, Yaml};

/// Reads a workflow. Plain `true` and `false` are truth values, everything else is a text.
pub fn parse(text: &str) -> Result<Value> {
    let sources = Sources::single("workflow.yml", text);
    let source = sources.ids().next().ok_or_else(|| anyhow!("no file"))?;
    let node = yaml::parse(source, text).map_err(|found| {
        let lines: Vec<String> = found.iter().map(|found| found.one_line(&sources)).collect();
        anyhow!(lines.join("\n"))
    })?;
    Ok(value(&node))
}

fn value(node: &Node<'_>) -> Value {
    match &node.yaml {
        Yaml::Empty => Value::Null,
        Yaml::Scalar(text, Style::Plain) if text == "true" || text == "false" => Value::Bool(text == "true"),
        Yaml::Scalar(text, _) => Value::String(text.to_string()),
        Yaml::List(items) => items.iter().map(value).collect(),
        Yaml::Map(entries) => {
            let fields = entries.iter().map(|entry| (entry.key.to_string(), value(&entry.value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// The fields of a map. Empty for anything else.
pub(crate) fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The items of a list. Empty for anything else.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The expressions in a text, without their brackets. A bracket that does not close is an expression that nothing knows.
pub(crate) fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${{") {
        let (inside, after) = after.split_once("}}").unwrap_or((after, ""));
        found.push(inside.trim());
        rest = after;
    }
    found
}
