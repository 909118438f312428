//! Plans the variants with the values of args that conditions tell apart, besides the defaults.

use std::collections::{BTreeMap, BTreeSet};

use super::arg_values::{ArgValue, Assignment, args_of, assignments, other_values};
use super::findings::Findings;
use super::plans;
use super::table::Rule;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::family::Family;
use crate::matrix::{Item, Matrix, MatrixQuery, MatrixRequest, PlansLeft, Roots};
use crate::variant::budget::Budget;

/// The largest number of assignments of values to args.
const MAX_ASSIGNMENTS: usize = 64;
/// How many combinations and parts of stages are looked at for all assignments together.
const MAX_WORK: usize = 400_000;

/// The diagnostics that other values of args give, and that `known` does not contain. The message says with which values. The plans are
/// counted down in `left`.
pub(super) fn check(
    matrix: &Matrix<'_>,
    rules: &[Rule],
    left: &mut PlansLeft,
    known: &[Diagnostic],
) -> Vec<Diagnostic> {
    let request = matrix.request;
    let values = other_values(request, &matrix.uses);
    if values.is_empty() {
        return Vec::new();
    }
    let parts: usize = matrix.uses.stages.iter().map(Vec::len).sum();
    let looked_at: usize = matrix.roots.iter().map(|root| root.looked_at).sum();
    let limit = MAX_ASSIGNMENTS.min(MAX_WORK / (parts + looked_at).max(1));
    let (assignments, mut is_cut) = assignments(&matrix.uses, request, &values, limit);
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut seen: BTreeSet<(Span, Code)> = set_of(known.iter().map(|known| (known.span, known.code)));
    // The tags and conditions of all assignments together have a budget of their own.
    let budget = Budget::of_query();
    let mut checked = 0;
    for assignment in assignments {
        let mut query = MatrixQuery { budget: budget.clone(), ..request.query.clone() };
        for (arg, value) in &assignment {
            let name = request.family.args[*arg].name.clone();
            match value {
                Some(value) => drop(query.args.insert(name, value.clone())),
                None => drop(query.without_default.insert(name)),
            }
        }
        let request = MatrixRequest { family: request.family, query: &query };
        let changed = Matrix::new(request, Roots::All);
        let new = changed.map(|changed| with(&changed, matrix, &assignment, &values, rules, left));
        // A mistake can follow from the budget.
        if budget.is_exhausted() {
            is_cut = true;
            break;
        }
        for mut diagnostic in new.unwrap_or_default() {
            if seen.insert((diagnostic.span, diagnostic.code)) {
                diagnostic.append(&format!(" with {}", words(request.family, &assignment)));
                found.push(diagnostic);
            }
        }
        if left.is_exhausted() {
            is_cut = true;
            break;
        }
        checked += 1;
    }
    if is_cut {
        found.push(sampled(request.family, &values, checked));
    }
    found
}

/// Plans what one assignment changes.
fn with(
    matrix: &Matrix<'_>,
    before: &Matrix<'_>,
    assignment: &Assignment,
    values: &BTreeMap<usize, Vec<ArgValue>>,
    rules: &[Rule],
    left: &mut PlansLeft,
) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    matrix.found.iter().cloned().for_each(|found| findings.add(found));
    let uses = &matrix.uses;
    let is_changed = |item: &Item<'_>| {
        args_of(uses, matrix.request, item, values).iter().any(|arg| assignment.contains_key(arg))
    };
    let reached: BTreeSet<usize> = set_of(before.roots.iter().flat_map(|root| &root.stages).copied());
    let mut changed: BTreeSet<Span> = BTreeSet::new();
    for (index, items) in uses.stages.iter().enumerate() {
        // All parts of a stage that the family uses only with these values are new.
        let is_new = !reached.contains(&index);
        changed.extend(items.iter().filter(|item| is_new || is_changed(item)).map(|item| item.span));
    }
    changed.extend(uses.provenance.iter().filter(|item| is_changed(item)).map(|item| item.span));
    for (number, root) in matrix.roots.iter().enumerate() {
        let targets = matrix.request.family.targets.iter().zip(&uses.targets);
        let own =
            targets.filter(|(target, _)| std::ptr::eq(*target, root.named)).flat_map(|(_, items)| items);
        let own: Vec<&str> = own.filter(|item| is_changed(item)).map(|item| item.key).collect();
        if !own.is_empty() {
            for (index, combination) in root.combinations.iter().enumerate() {
                for build in matrix.builds_of(root, combination) {
                    let platform = build.combination.platforms.first().copied().unwrap_or_default();
                    let cell = crate::matrix::Cell { root: number, combination: index, platform };
                    build.details.found.into_iter().for_each(|found| findings.at(cell, found));
                }
            }
        }
        // The place of the root stands for its own image tests.
        let wanted = |span: Span| changed.contains(&span) || (span == root.span && own.contains(&"checks"));
        plans::of_root(matrix, number, &wanted, rules, left, &mut findings);
    }
    findings.finish(matrix)
}

/// The values of an assignment in a message: `efa=true`.
fn words(family: &Family, assignment: &Assignment) -> String {
    let words = assignment.iter().map(|(arg, value)| {
        let name = &family.args[*arg].name;
        match value {
            Some(value) => format!("{name}={value}"),
            None => format!("another value of `{name}`"),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

fn sampled(family: &Family, values: &BTreeMap<usize, Vec<ArgValue>>, checked: usize) -> Diagnostic {
    let names: Vec<String> = values.keys().map(|arg| format!("`{}`", family.args[*arg].name)).collect();
    let span = values.keys().next().map(|arg| family.args[*arg].span).unwrap_or_default();
    let message = format!("conditions read {} args with several values: {}", names.len(), names.join(", "));
    Diagnostic::warning(Code::Sampled, span, message)
        .label(format!("varve checked the defaults and {checked} other combinations of their values"))
}
