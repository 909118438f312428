//! Axes whose values are in a file of another tool, such as `versions.json`.

use buildkit_names::glob_matches;

use super::data_file;
use super::declared::Declared;
use super::include::{count, data_path, include_not_found};
use super::reader::Reader;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::did_you_mean;
use crate::yaml::{Entry, MAX_NODES, Node, Style, Yaml};

/// The largest number of patterns in `exclude`. Each is compared with each name.
const MAX_PATTERNS: usize = 100;

/// Reads the values of an axis from a file: a list of names, or a map from names to properties. `written` is the map with the key
/// `file`. Returns `None` after a mistake.
pub(super) fn values<'s>(reader: &mut Reader<'s>, written: &Declared<'_>) -> Option<Node<'s>> {
    let sources = reader.sources;
    let file = written.get("file")?;
    // `missing_includes` reports a path that is wrong.
    let include = data_path(sources, file.as_text()?, file.span).ok()?;
    let path = include.path.as_str();
    let Some(id) = sources.ids().find(|id| sources.get(*id).name() == path) else {
        reader.report(include_not_found(&include));
        return None;
    };
    let error = |message: String| Diagnostic::error(Code::FileValue, file.span, message);
    if !data_file::has_keys(path) {
        let error = error(format!("`{path}` is not a TOML, JSON or YAML file, so it has no values"));
        reader.report(error.help("give the file a name that ends in .toml, .json, .yaml or .yml"));
        return None;
    }
    let key = match written.get("key") {
        Some(key) => reader.key_names(key)?,
        None => Vec::new(),
    };
    let text = sources.get(id).text();
    let root = reader.data.roots.entry(id).or_insert_with(|| data_file::parse(id, path, text));
    let root = match root {
        Ok(root) => root,
        Err(problem) => {
            let problem = error(problem.clone());
            reader.report(problem);
            return None;
        }
    };
    let part = match data_file::part(root, path, &key) {
        Ok(part) => part,
        Err(problem) => {
            let at = written.get("key").map_or(file.span, |key| key.span);
            reader.report(Diagnostic::error(Code::FileValue, at, problem));
            return None;
        }
    };
    reader.data.nodes += count(part);
    if reader.data.nodes > MAX_NODES {
        let message = format!("the axes take more than {MAX_NODES} strings, lists and maps from files");
        reader.report(error(message));
        return None;
    }
    let mut part = part.clone();
    let expected = match part.yaml {
        Yaml::Empty | Yaml::Scalar(..) => Some("a list of values, or a map of values to their properties"),
        Yaml::Map(_) if written.get("name").is_some() => Some("a list of maps, since there is `name`"),
        Yaml::Map(_) | Yaml::List(_) => None,
    };
    if let Some(expected) = expected {
        let message = format!("found {} in `{path}`, expected {expected}", part.yaml.noun());
        reader.report(error(message));
        return None;
    }
    if let (Some(name), Yaml::List(items)) = (written.text("name"), &mut part.yaml) {
        let mut entries = Vec::new();
        for item in std::mem::take(items) {
            entries.push(named(reader, item, name)?);
        }
        part.yaml = Yaml::Map(entries);
    }
    let excluded = written.get("exclude").map(Declared::items).unwrap_or_default();
    let patterns: Vec<&str> = excluded.iter().filter_map(Declared::as_text).collect();
    if let Some(last) = excluded.get(MAX_PATTERNS) {
        let message = format!("there are more than {MAX_PATTERNS} patterns");
        reader.report(Diagnostic::error(Code::BadValue, last.span, message));
        return None;
    }
    let is_kept = |name: &str| !patterns.iter().any(|pattern| glob_matches(pattern, name));
    let left = match &mut part.yaml {
        Yaml::List(items) => {
            items.retain(|item| item.text().is_none_or(is_kept));
            items.len()
        }
        // Tools keep a name without a value for something that does not exist at the moment.
        Yaml::Map(entries) => {
            entries.retain(|entry| !is_nothing(&entry.value) && is_kept(&entry.key));
            entries.len()
        }
        Yaml::Empty | Yaml::Scalar(..) => 0,
    };
    if left == 0 {
        let error = error(format!("`{path}` has no values for the axis"));
        reader.report(error.help("`exclude` and `null` leave out all of them, or there are none"));
        return None;
    }
    Some(part)
}

/// A map of a list as an entry of a map, by the value of its property `name`.
fn named<'s>(reader: &mut Reader<'s>, item: Node<'s>, name: &str) -> Option<Entry<'s>> {
    let value = item.get(name).and_then(|value| match &value.yaml {
        Yaml::Scalar(text, _) => Some((text.clone(), value.span)),
        _ => None,
    });
    match value {
        Some((key, key_span)) => Some(Entry { key, key_span, value: item }),
        None => {
            let message = format!("this item has no string `{name}`, which names the value");
            let error = Diagnostic::error(Code::FileValue, item.span, message);
            let keys = match &item.yaml {
                Yaml::Map(entries) => entries.as_slice(),
                _ => &[],
            };
            reader.report(error.help_if(did_you_mean(name, keys.iter().map(|entry| entry.key.as_ref()))));
            None
        }
    }
}

fn is_nothing(node: &Node<'_>) -> bool {
    match &node.yaml {
        Yaml::Empty => true,
        Yaml::Scalar(text, style) => *style == Style::Plain && text == "null",
        Yaml::List(_) | Yaml::Map(_) => false,
    }
}
