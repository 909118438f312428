//! `vars`: values derived from axes, args and other vars.

use std::collections::BTreeMap;

use super::file_value::{FilePart, FileValue};
use super::include::inside;
use super::reader::{Reader, bad_identifier, is_identifier};
use super::{Var, VarSource};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::yaml::{Node, Yaml};

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Var> {
    let Yaml::Map(entries) = &node.yaml else {
        reader.wrong_type(node, "a map of vars");
        return Vec::new();
    };
    let mut vars = Vec::new();
    let mut spans = BTreeMap::new();
    for entry in entries {
        if !is_identifier(&entry.key) {
            reader.report(bad_identifier(&entry.key, entry.key_span));
        }
        let source = match entry.value.get("file") {
            Some(_) => file_value(reader, &entry.value).map(VarSource::File),
            None => Some(VarSource::Template(reader.read(&entry.value, Shape::Anything))),
        };
        spans.insert(entry.key.to_string(), entry.key_span);
        vars.extend(source.map(|source| Var { name: entry.key.to_string(), span: entry.key_span, source }));
    }
    for cycle in cycles(&vars) {
        let span = spans.get(&cycle[0]).copied().unwrap_or(node.span);
        let path = cycle.join("` needs `");
        let error = Diagnostic::error(Code::VarCycle, span, format!("`{path}` needs `{}`", cycle[0]));
        reader.report(error.help("a var can use axes, args and vars that do not use it"));
    }
    vars
}

fn file_value(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<FileValue> {
    let Yaml::Map(entries) = &node.yaml else { return None };
    reader.keys(node.span, entries, &keys::VAR_FILE);
    let file = node.get("file")?;
    let Some(path) = file.text().filter(|path| !path.contains("${{")).and_then(|path| inside("", path))
    else {
        let message = format!("`{}` is not a path of the context", file.text().unwrap_or_default());
        reader.report(
            Diagnostic::error(Code::BadValue, file.span, message)
                .help("write the path out, below the root of the context"),
        );
        return None;
    };
    let part = match (node.get("key"), node.get("regex")) {
        (None, None) => FilePart::Whole,
        (Some(key), None) => {
            let known = [".toml", ".json", ".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
            if !known {
                let message = format!("a key of `{path}`, which is not known to be TOML, JSON or YAML");
                reader.report(
                    Diagnostic::error(Code::BadValue, key.span, message)
                        .help("use `regex`, or leave `key` out for the whole text"),
                );
            }
            FilePart::Key(key.text()?.to_owned())
        }
        (None, Some(regex)) => match regex_lite::Regex::new(regex.text()?) {
            Ok(regex) => FilePart::Regex(regex),
            Err(error) => {
                reader.report(Diagnostic::error(
                    Code::BadValue,
                    regex.span,
                    format!("not a regular expression: {error}"),
                ));
                return None;
            }
        },
        (Some(_), Some(regex)) => {
            reader.report(
                Diagnostic::error(Code::KeyConflict, regex.span, "both `key` and `regex`")
                    .help("a value is read by one of them"),
            );
            return None;
        }
    };
    Some(FileValue { path, span: file.span, part })
}

/// The cycles among vars, each once, starting at its first var in the file.
fn cycles(vars: &[Var]) -> Vec<Vec<String>> {
    let position: BTreeMap<&str, usize> =
        vars.iter().enumerate().map(|(index, var)| (var.name.as_str(), index)).collect();
    let uses: Vec<Vec<usize>> = vars
        .iter()
        .map(|var| {
            let mut used = Vec::new();
            if let VarSource::Template(template) = &var.source {
                template.expressions(&mut |expr| {
                    used.extend(expr.names().iter().filter_map(|name| position.get(name)));
                });
            }
            used
        })
        .collect();
    let mut done = vec![false; vars.len()];
    let mut on_path = vec![false; vars.len()];
    let mut cycles = Vec::new();
    for start in 0..vars.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        on_path[start] = true;
        while let Some((at, next)) = path.last_mut() {
            let Some(&used) = uses[*at].get(*next).filter(|_| !done[*at]) else {
                done[*at] = true;
                on_path[*at] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if on_path[used] {
                let cycle = path.iter().skip_while(|(index, _)| *index != used);
                cycles.push(cycle.map(|(index, _)| vars[*index].name.clone()).collect());
            } else {
                on_path[used] = true;
                path.push((used, 0));
            }
        }
    }
    cycles
}
