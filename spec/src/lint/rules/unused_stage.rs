//! Finds stages that no target reaches.
//!
//! Such a stage can still be built with `--target`. If that is its purpose, write `x-check: skip=unused-stage` beside it, or make
//! it a target. In a family without targets, every stage that no other stage uses counts as a target.
//!
//! ```yaml
//! stages: {app: {from: "debian:12"}, old: {from: "debian:11"}}
//! targets: {app: {}}                  # bad: nothing uses `old`
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::matrix::RootKind;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for root in facts.matrix.roots.iter().filter(|root| root.kind == RootKind::Unreached) {
        // The mistake is the name, and correcting it makes the stage used.
        if findings.relates(Code::StageNameTypo, root.span) {
            continue;
        }
        let message = format!("no target uses the stage `{}`", root.name);
        let found = Diagnostic::warning(Code::UnusedStage, root.span, message);
        findings.add(found.help("use it in `from`, publish it as a target, or remove it; to build it by name alone, add `x-check: skip=unused-stage`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_stage_that_no_target_reaches() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedStage, text, expect);
        check(
            "stages: {a: {from: x}, b: {from: a}, c: {from: b}}\ntargets: {a: {}, t: {stage: a}}\n",
            &["1: no target uses the stage `b`", "1: no target uses the stage `c`"],
        );
        check("stages: {a: {from: x}, b: {from: a}}\ntargets: {b: {}}\n", &[]);
        check("stages: {a: {from: x}, b: {from: y, steps: [{copy: f g, from: a}]}}\ntargets: {b: {}}\n", &[]);
        let mount = "{run: z, mounts: [{bind: /a, from: a}]}";
        check(
            &format!("stages: {{a: {{from: x}}, b: {{from: y, steps: [{mount}]}}}}\ntargets: {{b: {{}}}}\n"),
            &[],
        );
    }

    #[test]
    fn without_targets_every_stage_counts() {
        testing::check(Code::UnusedStage, "stages: {a: {from: x}, b: {from: y}}\n", &[]);
    }

    #[test]
    fn a_computed_name_reaches_what_it_can_be() {
        let text = "axes: {os: [a, b]}
vars: {below: \"${{ os }}-base\"}
stages:
  a-base: {from: x}
  b-base: {from: x}
  c-base: {from: x}
  app: {from: \"${{ below }}\"}
targets: {app: {}}
";
        testing::check(Code::UnusedStage, text, &["6: no target uses the stage `c-base`"]);
    }
}
