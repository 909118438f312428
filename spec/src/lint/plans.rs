//! Plans the variants, and runs the rules that examine plans.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::package_steps;
use super::table::{Rule, RuleKind};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::matrix::{AxisUse, Depth, Matrix, PlansLeft, each_plan, reads_at};

/// Plans the variants, as far as plans are `left`. Mistakes in them, and the diagnostics of the rules, are added to `findings`.
pub(super) fn check(matrix: &Matrix<'_>, rules: &[Rule], left: &mut PlansLeft, findings: &mut Findings) {
    for number in 0..matrix.roots.len() {
        if !of_root(matrix, number, &|_| true, rules, left, findings) {
            let message = "the variants that differ in their steps are too many or too large";
            let found = Diagnostic::warning(Code::Sampled, matrix.roots[number].span, message);
            findings.add(found.label(format!("varve checked {} of them", left.made())));
            return;
        }
    }
}

/// Plans the variants of a root, for all combinations of what the parts at the places that are `wanted` read. Returns `false` if no
/// plans are `left` before the end.
pub(super) fn of_root(
    matrix: &Matrix<'_>,
    number: usize,
    wanted: &dyn Fn(Span) -> bool,
    rules: &[Rule],
    left: &mut PlansLeft,
    findings: &mut Findings,
) -> bool {
    let root = &matrix.roots[number];
    let mut known: BTreeMap<Span, AxisUse> = BTreeMap::new();
    let depth = Depth { wanted, ..Depth::default() };
    each_plan(matrix, number, depth, left, &mut |cell, planned| match planned {
        Ok(plan) => {
            let mut found = Vec::new();
            package_steps::check(&plan, &matrix.request.query.build_platform, &mut found);
            for rule in rules {
                match rule.kind {
                    RuleKind::Plan(run) => run(&plan, &mut found),
                    RuleKind::PlanOfFamily(run) => run(matrix.request.family, &plan, &mut found),
                    _ => {}
                }
            }
            let count = found.len();
            for found in found {
                let reads = known.entry(found.span).or_insert_with_key(|at| reads_at(root, *at));
                findings.like(cell, root, reads, found);
            }
            count
        }
        Err(found) => {
            found.into_iter().for_each(|found| findings.at(cell, found));
            0
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn checks_of_targets_are_planned_for_every_variant() {
        let text = "
axes: {device: [cpu, cuda, rocm]}
stages: {app: {from: scratch}}
targets:
  app:
    checks: [{packages-absent: [{if: device != \"cpu\", then: \"!x\", else: x}]}]
";
        let expect = ["5: the first pattern is an exception for device=cuda|rocm (2 of 3 variants)"];
        testing::check(Code::BadValue, text, &expect);
    }
}
