//! Plans of so many variants that every step is planned for every combination of what it reads: what is found for one variant
//! holds for all that agree with it in that.

use std::collections::BTreeSet;

use super::findings::{Cell, Findings, projection};
use super::{Rule, Way};
use crate::diagnostic::{Code, Diagnostic};
use crate::expand::expand;
use crate::language;
use crate::matrix::{Asked, Combination, Matrix, PLACEHOLDERS, Reads, Root, RootKind};
use crate::plan::Plan;
use crate::select::Variant;
use crate::shape::Shape;
use crate::source::Span;

/// At most this many variants are planned, each platform counted; they lie evenly among all.
pub const MAX_PLANS: usize = 25_000;

/// How far variants are told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    /// Whether each is planned for each of its platforms, though nothing reads them.
    pub(crate) every_platform: bool,
    /// Texts for arguments that are not known. What is wrong with the first and not with the second is not found.
    pub(crate) unknown: [&'static str; 2],
}

impl Default for Depth {
    fn default() -> Self {
        Self { every_platform: false, unknown: PLACEHOLDERS }
    }
}

/// Plans the variants, and adds what is wrong with them and what the rules find in them.
pub(super) fn check(matrix: &Matrix<'_>, rules: &[Rule], findings: &mut Findings) {
    let mut left = MAX_PLANS;
    for (number, root) in matrix.roots.iter().enumerate() {
        let whole = each(matrix, number, Depth::default(), &mut left, &mut |cell, planned| match planned {
            Ok(plan) => {
                let mut found = Vec::new();
                for rule in rules {
                    if let Way::Plan(run) = rule.way {
                        run(&plan, &mut found);
                    }
                }
                for found in found {
                    let reads = reads_at(matrix, root, found.span);
                    findings.like(cell, root, &reads, found);
                }
            }
            Err(found) => found.into_iter().for_each(|found| findings.at(cell, found)),
        });
        if !whole {
            let message = format!("more than {MAX_PLANS} variants differ in their steps");
            findings.add(
                Diagnostic::warning(Code::Sampled, root.span, message)
                    .label("only so many were planned and checked"),
            );
            return;
        }
    }
}

/// Plans variants of a root until every step has been planned for every combination of what it reads, and tells whether `left`
/// plans, which it counts down, were enough.
pub(crate) fn each(
    matrix: &Matrix<'_>,
    number: usize,
    depth: Depth,
    left: &mut usize,
    visit: &mut dyn FnMut(Cell, Result<Plan, Vec<Diagnostic>>),
) -> bool {
    let root = &matrix.roots[number];
    let cells = cells(number, root);
    let mut covered = Covered::new(matrix, root, depth.every_platform);
    for cell in spread(&cells) {
        if !covered.is_new(root, cell) {
            continue;
        }
        if *left == 0 {
            return false;
        }
        *left -= 1;
        let combination = &root.combinations[cell.combination];
        let planned = plan(matrix.asked, root, combination, cell.platform, depth.unknown);
        if planned.is_ok() {
            covered.add(root, cell);
        }
        visit(cell, planned);
    }
    true
}

/// The plan of a variant. What is wrong with it only because an argument is not known is not found.
fn plan<'f>(
    asked: Asked<'f>,
    root: &Root<'f>,
    combination: &Combination,
    platform: usize,
    unknown: [&str; 2],
) -> Result<Plan, Vec<Diagnostic>> {
    let platform = &root.platforms[platform];
    let with = |placeholder: &str| -> Result<Plan, Vec<Diagnostic>> {
        let scope = asked.scope_with(&combination.values, platform, &root.name, placeholder);
        // What is wrong with the target itself is found with its tags.
        let published = (root.kind == RootKind::Target)
            .then(|| expand(&root.named.template, Shape::Table(&language::TARGET), &scope, &mut Vec::new()));
        let variant = Variant {
            family: asked.family,
            scope,
            target: root.name.clone(),
            stage: combination.stage.to_string(),
            published: published.flatten(),
            vcs: &asked.question.vcs,
            bases: &None,
            platform: platform.clone(),
            axes: Vec::new(),
            replaced: BTreeSet::new(),
            warnings: Vec::new(),
        };
        let mut plan = variant.plan()?;
        asked.question.lock.pin(&mut plan);
        Ok(plan)
    };
    let mut result = with(unknown[0]);
    if let (Err(found), true) = (&mut result, asked.has_unknown_texts()) {
        match with(unknown[1]) {
            Ok(plan) => return Ok(plan),
            Err(also) => {
                let place = |found: &Diagnostic| (found.span, found.code);
                found.retain(|found| also.iter().any(|also| place(also) == place(found)));
            }
        }
    }
    result
}

fn cells(number: usize, root: &Root<'_>) -> Vec<Cell> {
    let cells = root.combinations.iter().enumerate().flat_map(|(combination, of)| {
        of.platforms.iter().map(move |platform| Cell { root: number, combination, platform: *platform })
    });
    cells.collect()
}

/// The cells in an order in which those of every beginning lie evenly among all.
fn spread(cells: &[Cell]) -> impl Iterator<Item = Cell> {
    let count = cells.len();
    // Near the golden section, and without a factor in common with the number of cells.
    let mut step = (count as u64 * 618 / 1000) as usize;
    while step > 1 && gcd(step, count) > 1 {
        step -= 1;
    }
    (0..count).map(move |number| cells[(number as u64 * step.max(1) as u64 % count as u64) as usize])
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// For everything that is evaluated by itself the combinations for which it has been.
struct Covered {
    sets: Vec<(Reads, BTreeSet<Vec<usize>>)>,
}

impl Covered {
    fn new(matrix: &Matrix<'_>, root: &Root<'_>, every_platform: bool) -> Self {
        let items = matrix.uses.items(&root.stages);
        let mut all: Vec<Reads> = items.map(|item| item.reads(matrix, root)).collect();
        let mut checks = root.checks.clone();
        checks.add(&root.way);
        all.extend([root.way.clone(), checks]);
        all.iter_mut().for_each(|reads| reads.platform |= every_platform);
        let largest = |(index, one): &(usize, &Reads)| {
            let larger = |(other, more): (usize, &Reads)| {
                more.contains(one) && (!one.contains(more) || other < *index)
            };
            !all.iter().enumerate().any(larger)
        };
        let sets = all.iter().enumerate().filter(largest).map(|(_, reads)| (reads.clone(), BTreeSet::new()));
        Self { sets: sets.collect() }
    }

    fn is_new(&self, root: &Root<'_>, cell: Cell) -> bool {
        self.sets
            .iter()
            .any(|(reads, seen)| !seen.contains(&projection(root, reads, cell.combination, cell.platform)))
    }

    fn add(&mut self, root: &Root<'_>, cell: Cell) {
        for (reads, seen) in &mut self.sets {
            seen.insert(projection(root, reads, cell.combination, cell.platform));
        }
    }
}

impl crate::matrix::Item<'_> {
    /// What decides how it comes out, and whether it is there at all.
    fn reads(&self, matrix: &Matrix<'_>, root: &Root<'_>) -> Reads {
        let mut reads = matrix.uses.names.reads(self.uses.names.iter().copied());
        reads.add(&root.way);
        reads
    }
}

/// What decides about something at a place: what the step there reads, or, in a fragment or mixin, what its users read.
fn reads_at(matrix: &Matrix<'_>, root: &Root<'_>, span: Span) -> Reads {
    let items = || matrix.uses.items(&root.stages);
    let around =
        |outer: Span| outer.source == span.source && outer.start <= span.start && span.end <= outer.end;
    if let Some(item) = items().find(|item| around(item.span)) {
        return item.reads(matrix, root);
    }
    let mut reads = root.way.clone();
    if around(root.named.template.span()) {
        reads.add(&root.checks);
        return reads;
    }
    for item in items().filter(|item| !item.uses.fragments.is_empty() || !item.uses.mixins.is_empty()) {
        reads.add(&item.reads(matrix, root));
    }
    reads
}

#[cfg(test)]
mod tests {
    use crate::check::testing;
    use crate::diagnostic::Code;

    #[test]
    fn checks_of_targets_are_planned_for_every_variant() {
        let text = "
axes: {device: [cpu, cuda, rocm]}
stages: {app: {from: scratch}}
targets:
  app:
    checks: [{packages-absent: [{if: device != \"cpu\", then: \"!x\", else: x}]}]
";
        let expect = ["5: an exception from nothing for device=cuda|rocm (2 of 3 variants)"];
        testing::check(Code::BadValue, text, &expect);
    }
}
