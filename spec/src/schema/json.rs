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
    of_yaml(node).to_string().lines().map(str::trim_start).collect::<Vec<_>>().join(" ")
}
