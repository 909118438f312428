//! Plans the variants, and runs the rules that examine plans.

use super::findings::Findings;
use super::table::{Rule, RuleKind};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::matrix::{Depth, MAX_PLANS, Matrix, each_plan, reads_at};

/// Plans the variants. Mistakes in them, and the diagnostics of the rules, are added to `findings`.
pub(super) fn check(matrix: &Matrix<'_>, rules: &[Rule], findings: &mut Findings) {
    let mut left = MAX_PLANS;
    for (number, root) in matrix.roots.iter().enumerate() {
        let whole =
            each_plan(matrix, number, Depth::default(), &mut left, &mut |cell, planned| match planned {
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
                        let reads = reads_at(matrix, root, found.span);
                        findings.like(cell, root, &reads, found);
                    }
                }
                Err(found) => found.into_iter().for_each(|found| findings.at(cell, found)),
            });
        if !whole {
            let message = format!("more than {MAX_PLANS} variants differ in their steps");
            findings.add(
                Diagnostic::warning(Code::Sampled, root.span, message).label("varve checked only this many"),
            );
            return;
        }
    }
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
