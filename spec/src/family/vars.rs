//! `vars`: values derived from axes, args and other vars.

use std::collections::BTreeMap;

use super::Var;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::not_yet;
use crate::read::{Reader, bad_identifier, is_identifier};
use crate::shape::Shape;
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
        if let Some(file) = entry.value.get("file") {
            reader.report(not_yet("a value read from a file", file.span));
            continue;
        }
        let template = reader.read(&entry.value, Shape::Anything);
        spans.insert(entry.key.to_string(), entry.key_span);
        vars.push(Var { name: entry.key.to_string(), template });
    }
    for cycle in cycles(&vars) {
        let span = spans.get(&cycle[0]).copied().unwrap_or(node.span);
        let path = cycle.join("` needs `");
        let error = Diagnostic::error(Code::VarCycle, span, format!("`{path}` needs `{}`", cycle[0]));
        reader.report(error.help("a var can use axes, args and vars that do not use it"));
    }
    vars
}

/// The cycles among vars, each once, starting at its first var in the file.
fn cycles(vars: &[Var]) -> Vec<Vec<String>> {
    let position: BTreeMap<&str, usize> =
        vars.iter().enumerate().map(|(index, var)| (var.name.as_str(), index)).collect();
    let uses: Vec<Vec<usize>> = vars
        .iter()
        .map(|var| {
            let mut used = Vec::new();
            var.template.expressions(&mut |expr| {
                used.extend(expr.names().iter().filter_map(|name| position.get(name)))
            });
            used
        })
        .collect();
    let mut done = vec![false; vars.len()];
    let mut cycles = Vec::new();
    for start in 0..vars.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let Some(&used) = uses[*at].get(*next).filter(|_| !done[*at]) else {
                done[*at] = true;
                path.pop();
                continue;
            };
            *next += 1;
            match path.iter().position(|(on_path, _)| *on_path == used) {
                Some(from) => {
                    cycles.push(path[from..].iter().map(|(index, _)| vars[*index].name.clone()).collect())
                }
                None => path.push((used, 0)),
            }
        }
    }
    cycles
}
