//! `vars`: values that are computed from axes, args and other vars, or read from files.

use std::collections::BTreeMap;

use super::declared::{Declared, DeclaredKind, Field};
use super::file_value::{FilePart, FileValue};
use super::inside::inside;
use super::reader::{self, Reader};
use super::{Var, VarSource};
use crate::base::diagnostic::{Code, Diagnostic};

pub(super) fn vars(reader: &mut Reader<'_>, map: Declared<'_>) -> Vec<Var> {
    let mut vars = Vec::new();
    for Field { key, key_span, value } in map.into_fields() {
        let span = value.span;
        let source = match value.kind {
            DeclaredKind::Template(template) => Some(VarSource::Template(template)),
            DeclaredKind::Nothing => Some(VarSource::Template(reader::empty(span))),
            DeclaredKind::Map(..) => file_value(reader, &value).map(VarSource::File),
            _ => None,
        };
        vars.extend(source.map(|source| Var { name: key.to_owned(), span: key_span, source }));
    }
    for cycle in cycles(&vars) {
        let names: Vec<&str> = cycle.iter().map(|var| var.name.as_str()).collect();
        let Some((first, span)) = cycle.first().map(|var| (&var.name, var.span)) else { continue };
        let message = format!("`{}` needs `{first}`", names.join("` needs `"));
        let error = Diagnostic::error(Code::VarCycle, span, message);
        reader.report(error.help("a var can use axes, args and vars that do not depend on it"));
    }
    vars
}

fn file_value(reader: &mut Reader<'_>, map: &Declared<'_>) -> Option<FileValue> {
    let file = map.get("file")?;
    let written = file.as_text()?;
    let Ok(path) = inside("", written) else {
        let message = format!("`{written}` is not a path in the context");
        reader.report(
            Diagnostic::error(Code::BadValue, file.span, message)
                .help("write a path relative to the root of the context, without `..`"),
        );
        return None;
    };
    let part = match (map.get("key"), map.get("regex")) {
        (None, None) => FilePart::Whole,
        (Some(key), None) => {
            let known = [".toml", ".json", ".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
            if !known {
                let message = format!("`{path}` is not a TOML, JSON or YAML file, so it has no keys");
                reader.report(
                    Diagnostic::error(Code::BadValue, key.span, message)
                        .help("use `regex`, or remove `key` to read the whole file"),
                );
            }
            FilePart::Key(key.as_text()?.to_owned())
        }
        (None, Some(regex)) => match regex_lite::Regex::new(regex.as_text()?) {
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
                Diagnostic::error(Code::KeyConflict, regex.span, "there are both `key` and `regex`")
                    .help("remove one of them"),
            );
            return None;
        }
    };
    Some(FileValue { path, span: file.span, part })
}

/// The cycles of vars that use each other. Each cycle is listed once.
fn cycles(vars: &[Var]) -> Vec<Vec<&Var>> {
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
                cycles.push(cycle.map(|(index, _)| &vars[*index]).collect());
            } else {
                on_path[used] = true;
                path.push((used, 0));
            }
        }
    }
    cycles
}
