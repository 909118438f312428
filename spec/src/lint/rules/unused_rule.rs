//! Finds rules of `support` that exclude no combination.
//!
//! The condition is always false, or the demand is always met. So the rule does not say what was meant.
//!
//! ```yaml
//! axes: {os: [ubuntu24.04, rocky9], device: [cpu, cuda]}
//! support:
//!   - {exclude: os == "rocky9" and os == "ubuntu24.04", because: ...}   # bad: never both
//!   - {exclude: os == "rocky9" and device == "cuda", because: ...}      # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::matrix::{Combinations, platforms, rule_reads};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let (matrix, family) = (facts.matrix, facts.family);
    let args: Vec<&str> = family.args.iter().map(|arg| arg.name.as_str()).collect();
    for rule in &family.support {
        let names = rule.expressions().flat_map(|expr| expr.names());
        let names = matrix.uses.names.closure(names);
        // An arg can have any value, so a rule that reads one can always apply.
        if args.iter().any(|arg| names.contains(arg)) {
            continue;
        }
        let reads = rule_reads(rule, &matrix.uses.names);
        let platforms = platforms(matrix.request, reads.platform);
        let targets: Vec<&str> = match reads.target {
            true => family.targets().chain(family.stages()).collect(),
            false => vec![""],
        };
        let combinations = Combinations::new(&reads.axes, &matrix.request.values(), family.support.len());
        let mut values: Vec<usize> = family.axes.iter().map(|axis| axis.default).collect();
        let applies = combinations.find(&mut values, |values| {
            let mut cells =
                platforms.iter().flat_map(|platform| targets.iter().map(move |target| (platform, target)));
            cells
                .any(|(platform, target)| {
                    !rule.allows(&matrix.request.scope(values, platform, target)).is_ok_and(|allows| allows)
                })
                .then_some(())
        });
        if applies.is_none() && !combinations.is_sample() {
            let found = Diagnostic::warning(Code::UnusedRule, rule.span, "this rule excludes no combination");
            findings.add(
                found.label("every combination satisfies it").help("correct its condition, or remove it"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_rule_that_never_applies() {
        let check = |rule: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: {{x: {{v: 1}}, y: {{v: 2}}}}, b: [x, y]}}\nargs: {{r: \"1\"}}\nsupport:\n  - {{{rule}, because: no}}\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\n"
            );
            testing::check(Code::UnusedRule, &text, expect);
        };
        let found = ["4: this rule excludes no combination"];
        check("exclude: a == \"x\" and a == \"y\"", &found);
        check("if: a.v > 2, require: b == \"x\"", &found);
        check("require: 'a == \"x\" or b in [\"x\", \"y\"]'", &found);
        check("exclude: a == \"x\" and b == \"y\"", &[]);
        check("exclude: platform.arch == \"arm64\"", &[]);
        check("exclude: target == \"nobody\"", &found);
        check("exclude: target == \"s\" and a == \"x\"", &[]);
        // An arg can have any value.
        check("exclude: r == \"2\"", &[]);
    }
}
