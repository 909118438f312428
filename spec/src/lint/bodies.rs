//! Stages and fragments with the names that they declare.

use std::collections::BTreeSet;

use crate::family::template::Template;
use crate::family::{Family, Parameter, Var};
use crate::variant::names::mentioned;

/// A stage or fragment.
pub(super) struct Body<'f> {
    /// `stage` or `fragment`.
    pub(super) noun: &'static str,
    pub(super) name: &'f str,
    pub(super) parameters: &'f [Parameter],
    pub(super) vars: &'f [Var],
    /// The names that its keys read, directly or through its vars.
    pub(super) reads: BTreeSet<&'f str>,
}

/// The stages and fragments that declare names, in the order of the file.
pub(super) fn bodies(family: &Family) -> Vec<Body<'_>> {
    let fragments = family.fragments.iter().map(|fragment| {
        body("fragment", &fragment.name, (&fragment.parameters, &fragment.vars), &fragment.steps)
    });
    let stages = family
        .stages
        .iter()
        .map(|stage| body("stage", &stage.name, (&stage.parameters, &stage.vars), &stage.template));
    fragments.chain(stages).filter(|body| !body.parameters.is_empty() || !body.vars.is_empty()).collect()
}

fn body<'f>(
    noun: &'static str,
    name: &'f str,
    (parameters, vars): (&'f [Parameter], &'f [Var]),
    template: &'f Template,
) -> Body<'f> {
    let mut reads = BTreeSet::new();
    let mut open: Vec<&'f Template> = vec![template];
    while let Some(template) = open.pop() {
        mentioned(template, &mut Vec::new(), &mut |name| {
            let var = vars.iter().find(|var| var.name == name);
            if reads.insert(name) {
                open.extend(var.map(|var| &var.template));
            }
        });
    }
    Body { noun, name, parameters, vars, reads }
}
