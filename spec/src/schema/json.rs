//! The JSON Schema of `image.yaml` for editors, generated from the tables that the reader uses.

mod declared;
mod scalars;
mod shapes;
mod value;

use super::keys::FAMILY;
use crate::yaml::{Node, Style, Yaml};
use shapes::Definitions;
use value::Json;

/// The JSON Schema of `image.yaml` as text. It follows draft-07, which YAML language servers support best.
///
/// ```
/// let schema = varve_spec::json_schema();
/// assert!(schema.contains("\"$schema\": \"http://json-schema.org/draft-07/schema#\""));
/// ```
pub fn json_schema() -> String {
    let mut made = Definitions::new();
    let Json::Map(family) = made.declared_table(&FAMILY) else { return String::new() };
    let mut schema = vec![
        ("$schema".to_owned(), Json::text("http://json-schema.org/draft-07/schema#")),
        ("title".to_owned(), Json::text("image.yaml of varve")),
        ("description".to_owned(), Json::text("A family of container images, built by Docker BuildKit.")),
    ];
    schema.extend(family);
    schema.push(("definitions".to_owned(), made.into_json()));
    format!("{}\n", Json::Map(schema))
}

/// Converts an example to JSON as the YAML parser of an editor reads it: a plain `3` is a number, a plain `true` a truth value.
fn of_yaml(node: &Node<'_>) -> Json {
    match &node.yaml {
        Yaml::Empty => Json::text(""),
        Yaml::Scalar(text, Style::Plain) if matches!(text.as_ref(), "true" | "false") => {
            Json::Bool(text == "true")
        }
        Yaml::Scalar(text, style) => match text.parse() {
            Ok(number) if *style == Style::Plain => Json::Number(number),
            _ => Json::text(text.as_ref()),
        },
        Yaml::List(items) => Json::List(items.iter().map(of_yaml).collect()),
        Yaml::Map(entries) => {
            Json::Map(entries.iter().map(|entry| (entry.key.to_string(), of_yaml(&entry.value))).collect())
        }
    }
}

/// An example on one line as JSON, which is YAML too.
#[cfg(test)]
pub(crate) fn one_line(node: &Node<'_>) -> String {
    on_one_line(&of_yaml(node))
}

/// An example on one line as JSON, in which a text stands for one of its values or keys. `path` has the numbers of the items and
/// entries that lead there.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn one_line_with(node: &Node<'_>, path: &[usize], at: Replaced, text: &str) -> String {
    let mut json = of_yaml(node);
    replace(&mut json, path, at, text);
    on_one_line(&json)
}

/// The part of an entry that is replaced.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// The key.
    Key,
    /// The value, or an item.
    Value,
}

#[cfg(any(test, feature = "testing"))]
fn replace(json: &mut Json, path: &[usize], at: Replaced, text: &str) {
    match (path, json) {
        ([], json) => *json = Json::text(text),
        ([last], Json::Map(entries)) if at == Replaced::Key => text.clone_into(&mut entries[*last].0),
        ([first, rest @ ..], Json::Map(entries)) => replace(&mut entries[*first].1, rest, at, text),
        ([first, rest @ ..], Json::List(items)) => replace(&mut items[*first], rest, at, text),
        _ => {}
    }
}

#[cfg(any(test, feature = "testing"))]
fn on_one_line(json: &Json) -> String {
    json.to_string().lines().map(str::trim_start).collect::<Vec<_>>().join(" ")
}
