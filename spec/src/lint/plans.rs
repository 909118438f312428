//! Plans the variants, and runs the rules that examine plans.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::table::{Rule, RuleKind};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::matrix::{AxisUse, Depth, Matrix, PlansLeft, each_plan, reads_at};

/// Plans the variants. Mistakes in them, and the diagnostics of the rules, are added to `findings`.
pub(super) fn check(matrix: &Matrix<'_>, rules: &[Rule], findings: &mut Findings) {
    let mut left = PlansLeft::default();
    for (number, root) in matrix.roots.iter().enumerate() {
        let mut known: BTreeMap<Span, AxisUse> = BTreeMap::new();
        let whole =
            each_plan(matrix, number, Depth::default(), &mut left, &mut |cell, planned| match planned {
                Ok(plan) => {
                    let mut found = Vec::new();
                    for rule in rules {
                        if let RuleKind::Plan(run) = rule.kind {
                            run(&plan, &mut found);
                        }
                    }
                    let count = found.len();
                    for found in found {
                        let reads =
                            known.entry(found.span).or_insert_with_key(|at| reads_at(matrix, root, *at));
                        findings.like(cell, root, reads, found);
                    }
                    count
                }
                Err(found) => {
                    found.into_iter().for_each(|found| findings.at(cell, found));
                    0
                }
            });
        if !whole {
            let message = "the variants that differ in their steps are too many or too large";
            let found = Diagnostic::warning(Code::Sampled, root.span, message);
            findings.add(found.label(format!("varve checked {} of them", left.made())));
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
