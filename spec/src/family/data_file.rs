//! Files of other formats that values come from: TOML, JSON and YAML, as one tree.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::sorted::map_of;
use crate::base::source::{SourceId, Span};
use crate::yaml::{self, Entry, Node, Style, Yaml};

/// Whether the name of a file says that it has keys.
pub(crate) fn has_keys(path: &str) -> bool {
    [".toml", ".json", ".yaml", ".yml"].iter().any(|ending| path.ends_with(ending))
}

/// Parses a file. Its name decides about the format. The error says why the file cannot be parsed.
pub(crate) fn parse<'t>(source: SourceId, path: &str, text: &'t str) -> Result<Node<'t>, String> {
    if path.ends_with(".toml") {
        let table = DeTable::parse(text)
            .map_err(|error| format!("`{path}` is not valid TOML: {}", error.message()))?;
        return Ok(of_table(source, table));
    }
    // JSON is YAML. Parsed as YAML, a number keeps its text: `3.10` stays `3.10`.
    yaml::parse_foreign(source, text).map_err(|errors| {
        let reason = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
        format!("varve cannot parse `{path}`: {reason}")
    })
}

/// The part of a tree to which the names of a key lead. The error names what is missing in the file.
pub(crate) fn part<'n, 't>(root: &'n Node<'t>, path: &str, key: &[String]) -> Result<&'n Node<'t>, String> {
    let mut part = root;
    for name in key {
        part = part.get(name).ok_or_else(|| {
            let message = format!("`{path}` has no key `{}`", written(key));
            if key.len() == 1 { message } else { format!("{message}: `{name}` is missing") }
        })?;
    }
    Ok(part)
}

/// A key as a message shows it: with dots between the names. A name that contains a dot is in quotes.
pub(crate) fn written(key: &[String]) -> String {
    let name = |name: &String| if name.contains('.') { format!("\"{name}\"") } else { name.clone() };
    key.iter().map(name).collect::<Vec<_>>().join(".")
}

fn of_table(source: SourceId, table: Spanned<DeTable<'_>>) -> Node<'_> {
    let span = span_of(source, &table);
    let entries = table.into_inner().into_iter().map(|(key, value)| Entry {
        key_span: span_of(source, &key),
        key: key.into_inner(),
        value: of_value(source, value),
    });
    // The library sorts the keys, and a build file has them in the order of their places.
    let entries = map_of(entries.map(|entry| (entry.key_span, entry)));
    Node { span, yaml: Yaml::Map(entries.into_values().collect()) }
}

fn of_value(source: SourceId, value: Spanned<DeValue<'_>>) -> Node<'_> {
    let span = span_of(source, &value);
    let plain = |text: Cow<'_, str>| Yaml::Scalar(Cow::Owned(text.into_owned()), Style::Plain);
    let yaml = match value.into_inner() {
        DeValue::String(text) => Yaml::Scalar(text, Style::Quoted),
        DeValue::Integer(number) => plain(number.as_str().into()),
        DeValue::Float(number) => plain(number.as_str().into()),
        DeValue::Boolean(truth) => plain(if truth { "true" } else { "false" }.into()),
        DeValue::Datetime(time) => plain(time.to_string().into()),
        DeValue::Array(items) => Yaml::List(items.into_iter().map(|item| of_value(source, item)).collect()),
        DeValue::Table(table) => {
            return of_table(source, Spanned::new(span.start as usize..span.end as usize, table));
        }
    };
    Node { span, yaml }
}

fn span_of<T>(source: SourceId, part: &Spanned<T>) -> Span {
    let range = part.span();
    Span { source, start: range.start as u32, end: range.end as u32 }
}
