//! Values that vars read from files of the context: a key of TOML, JSON or YAML, a match of a regular expression, or the whole
//! text.

use super::data_file;
use crate::base::source::{SourceId, Span};
use crate::base::value::Value;
use crate::yaml::{Node, Style, Yaml};

/// Where a value is read from.
#[derive(Debug, Clone)]
pub(crate) struct FileValue {
    /// The path in the context, normalized.
    pub(crate) path: String,
    /// The place of the path in the build file.
    pub(crate) span: Span,
    pub(crate) part: FilePart,
}

/// Which part of the file is the value.
#[derive(Debug, Clone)]
pub(crate) enum FilePart {
    /// The whole text, without white space at both ends.
    Whole,
    /// The value of a key: the names that lead to it, such as `project` and `version`.
    Key(Vec<String>),
    /// The first group of the regular expression. If it has no group, the whole match.
    Regex(regex_lite::Regex),
}

/// Finds the value in the text of the file. The error says what is missing.
pub(crate) fn extract(value: &FileValue, text: &str) -> Result<Value, String> {
    match &value.part {
        FilePart::Whole => Ok(Value::text(text.trim())),
        FilePart::Regex(regex) => {
            let found = regex
                .captures(text)
                .ok_or_else(|| format!("no text in `{}` matches `{regex}`", value.path))?;
            let part = found.get(1).or(found.get(0)).map_or("", |part| part.as_str());
            Ok(Value::text(part))
        }
        FilePart::Key(key) => {
            let root = data_file::parse(SourceId::default(), &value.path, text)?;
            of_node(data_file::part(&root, &value.path, key)?).ok_or_else(|| {
                let key = data_file::written(key);
                format!("`{key}` in `{}` is not a string, a number, a boolean or a list of these", value.path)
            })
        }
    }
}

fn of_node(node: &Node<'_>) -> Option<Value> {
    match &node.yaml {
        Yaml::Scalar(text, Style::Plain) if matches!(text.as_ref(), "true" | "false") => {
            Some(Value::Bool(text == "true"))
        }
        Yaml::Scalar(text, _) => Some(Value::text(text)),
        Yaml::List(items) => items.iter().map(of_node).collect::<Option<Vec<_>>>().map(Value::list),
        Yaml::Empty | Yaml::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_files() {
        let check = |path: &str, part: FilePart, text: &str, expect: Result<&str, &str>| {
            let value = FileValue { path: path.to_owned(), span: Span::default(), part };
            let found = extract(&value, text).map(|value| value.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expect);
        };
        let names = |names: &[&str]| FilePart::Key(names.iter().map(|name| (*name).to_owned()).collect());
        let key = |key: &str| names(&key.split('.').collect::<Vec<_>>());
        let regex = |text: &str| FilePart::Regex(regex_lite::Regex::new(text).unwrap());
        check("VERSION", FilePart::Whole, " 1.2.3\n", Ok("1.2.3"));
        check("pyproject.toml", key("project.version"), "[project]\nversion = '3.10'\n", Ok("3.10"));
        check("a.toml", key("n"), "n = 3.10\n", Ok("3.10"));
        check("a.toml", key("list"), "list = ['a', 'b']\n", Ok("[a, b]"));
        check("a.toml", key("a.b"), "[a]\nc = 1\n", Err("`a.toml` has no key `a.b`: `b` is missing"));
        check("a.json", key("version"), "{\"version\": 3.10}", Ok("3.10"));
        check("a.yaml", key("tools.cmake"), "tools:\n  cmake: 3.30\n", Ok("3.30"));
        check(
            "a.yaml",
            key("tools"),
            "tools:\n  cmake: 3.30\n",
            Err("`tools` in `a.yaml` is not a string, a number, a boolean or a list of these"),
        );
        let versions = "'3.14': {version: 3.14.2}\n3.13: {}\n";
        check("a.yaml", names(&["3.14", "version"]), versions, Ok("3.14.2"));
        let toml = "[tool.'3.14']\nversion = '3.14.2'\n";
        check("a.toml", names(&["tool", "3.14", "version"]), toml, Ok("3.14.2"));
        check(
            "a.json",
            names(&["3.13", "version"]),
            "{\"3.13\": {}}",
            Err("`a.json` has no key `\"3.13\".version`: `version` is missing"),
        );
        let foreign = "a: &a {b: 1}\nc: {<<: *a, d: !secret x}\ne: 2\ne: 3\n--- \nother\n";
        check("a.yml", key("c.d"), foreign, Ok("x"));
        check("a.yml", key("e"), foreign, Ok("2"));
        check("a.yml", key("c"), "c: [\n", Err("varve cannot parse `a.yml`: `[` is not closed"));
        check("setup.py", regex("version='([^']*)'"), "setup(version='2.0')", Ok("2.0"));
        check("f", regex("x+"), "aaa", Err("no text in `f` matches `x+`"));
    }
}
