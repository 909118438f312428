//! `vars`: values that are computed from axes, args and other vars, or read from files.

use std::collections::BTreeMap;

use super::Var;
use super::declared::{Declared, DeclaredKind, Field};
use super::parameters::Parameter;
use super::reader::{self, Reader};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::map_of;
use crate::base::source::Span;
use crate::expr::builtins::RESERVED;

pub(super) fn vars(reader: &mut Reader<'_>, map: Declared<'_>) -> Vec<Var> {
    let mut vars = Vec::new();
    for Field { key, key_span, value } in map.into_fields() {
        let span = value.span;
        let template = match value.kind {
            DeclaredKind::Template(template) => template,
            DeclaredKind::Map(..) => reader.file_value(&value),
            _ => reader::empty(span),
        };
        vars.push(Var { name: key.to_owned(), span: key_span, template });
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

/// The vars of a stage or fragment, which has these parameters.
pub(super) fn local(reader: &mut Reader<'_>, map: Declared<'_>, parameters: &[Parameter]) -> Vec<Var> {
    let vars = vars(reader, map);
    for var in &vars {
        check_name(reader, &var.name, var.span);
        if let Some(parameter) = parameters.iter().find(|parameter| parameter.name == var.name) {
            let message = format!("`{}` is defined twice", var.name);
            let error = Diagnostic::error(Code::BadName, var.span, message);
            reader.report(error.related(parameter.span, "the parameter").help("rename one of them"));
        }
    }
    vars
}

/// Reports the name of a parameter or a var of a stage or fragment that means something else in the whole file.
pub(super) fn check_name(reader: &mut Reader<'_>, name: &str, span: Span) {
    let message = match reader.names.get(name) {
        _ if RESERVED.contains(&name) => format!("the name `{name}` is reserved"),
        Some(_) => format!("`{name}` is the name of an axis, an arg or a var too"),
        None => return,
    };
    reader.report(Diagnostic::error(Code::BadName, span, message).help("choose another name"));
}

/// The cycles of vars that use each other. Each cycle is listed once.
fn cycles(vars: &[Var]) -> Vec<Vec<&Var>> {
    let position: BTreeMap<&str, usize> =
        map_of(vars.iter().enumerate().map(|(index, var)| (var.name.as_str(), index)));
    let uses: Vec<Vec<usize>> = vars
        .iter()
        .map(|var| {
            let mut used = Vec::new();
            var.template.expressions(&mut |expr| {
                used.extend(expr.names().iter().filter_map(|name| position.get(name)));
            });
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
