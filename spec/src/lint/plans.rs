//! Plans the variants, and runs the rules that examine plans.

use super::findings::Findings;
use super::table::{Rule, RuleKind};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::matrix::{Depth, MAX_PLANS, Matrix, each_plan, reads_at};

/// Plans the variants. Mistakes in them, and the diagnostics of the rules, are added to `findings`.
pub(super) fn check(matrix: &Matrix<'_>, rules: &[Rule], findings: &mut Findings) {
    let mut left = MAX_PLANS;
    for number in 0..matrix.roots.len() {
        if !of_root(matrix, number, &|_| true, rules, &mut left, findings) {
            let message = format!("more than {MAX_PLANS} variants differ in their steps");
            let span = matrix.roots[number].span;
            findings
                .add(Diagnostic::warning(Code::Sampled, span, message).label("varve checked only this many"));
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
    left: &mut usize,
    findings: &mut Findings,
) -> bool {
    let root = &matrix.roots[number];
    each_plan(
        matrix,
        number,
        Depth { wanted, ..Depth::default() },
        left,
        &mut |cell, planned| match planned {
            Ok(plan) => {
                let mut found = Vec::new();
                for rule in rules {
                    match rule.kind {
                        RuleKind::Plan(run) => run(&plan, &mut found),
                        RuleKind::PlanOfFamily(run) => run(matrix.request.family, &plan, &mut found),
                        _ => {}
                    }
                }
                for found in found {
                    let reads = reads_at(root, found.span);
                    findings.like(cell, root, &reads, found);
                }
            }
            Err(found) => found.into_iter().for_each(|found| findings.at(cell, found)),
        },
    )
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
