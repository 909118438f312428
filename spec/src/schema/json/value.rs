//! JSON values whose maps keep the order of their entries, and their formatted text.

use std::fmt::{self, Write as _};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// A map, with its entries in the order in which they are written.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Makes a string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a list of strings.
    pub(super) fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// Makes a map.
    pub(super) fn map<const N: usize>(entries: [(&str, Json); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Adds an entry at the end of a map. Any other value is returned as it is.
    pub(super) fn with(self, key: &str, value: Json) -> Self {
        match self {
            Self::Map(mut entries) => {
                entries.push((key.to_owned(), value));
                Self::Map(entries)
            }
            other => other,
        }
    }

    /// Replaces the value of a key that the map has.
    pub(super) fn replaced(mut self, key: &str, value: Json) -> Self {
        if let Self::Map(entries) = &mut self
            && let Some((_, have)) = entries.iter_mut().find(|(name, _)| name == key)
        {
            *have = value;
        }
        self
    }

    fn write(&self, out: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        match self {
            Self::Bool(truth) => write!(out, "{truth}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => quoted(out, text),
            Self::List(items) if items.iter().all(Self::is_plain) => {
                out.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    out.write_str(if index == 0 { "" } else { ", " })?;
                    item.write(out, indent)?;
                }
                out.write_char(']')
            }
            Self::List(items) => {
                let lines = items.iter().map(|item| (None, item));
                block(out, ('[', ']'), lines, indent)
            }
            Self::Map(entries) if entries.is_empty() => out.write_str("{}"),
            // A map with one plain entry, such as a reference, is written on one line.
            Self::Map(entries) if entries.len() == 1 && entries[0].1.is_plain() => {
                out.write_str("{ ")?;
                quoted(out, &entries[0].0)?;
                out.write_str(": ")?;
                entries[0].1.write(out, indent)?;
                out.write_str(" }")
            }
            Self::Map(entries) => {
                let lines = entries.iter().map(|(key, value)| (Some(key.as_str()), value));
                block(out, ('{', '}'), lines, indent)
            }
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Bool(_) | Self::Number(_) | Self::Text(_))
    }
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(out, 0)
    }
}

fn block<'j>(
    out: &mut fmt::Formatter<'_>,
    (open, close): (char, char),
    lines: impl Iterator<Item = (Option<&'j str>, &'j Json)>,
    indent: usize,
) -> fmt::Result {
    out.write_char(open)?;
    for (index, (key, value)) in lines.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}\n{:width$}", "", width = indent + 2)?;
        if let Some(key) = key {
            quoted(out, key)?;
            out.write_str(": ")?;
        }
        value.write(out, indent + 2)?;
    }
    write!(out, "\n{:indent$}{close}", "")
}

fn quoted(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            control if u32::from(control) < 0x20 => write!(out, "\\u{:04x}", u32::from(control))?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_in_its_order() {
        let check = |json: Json, expect: &str| assert_eq!(json.to_string(), expect);
        check(Json::text("a\"b\\c\nd\u{1}"), r#""a\"b\\c\nd\u0001""#);
        check(Json::texts(["a", "b"]), r#"["a", "b"]"#);
        check(Json::map([("$ref", Json::text("x"))]), r#"{ "$ref": "x" }"#);
        check(
            Json::map([]).with("b", Json::Number(1)).with("a", Json::Bool(true)),
            "{\n  \"b\": 1,\n  \"a\": true\n}",
        );
        check(Json::List(vec![Json::map([])]), "[\n  {}\n]");
    }
}
