//! Finds rules of `support` that exclude no combination.
//!
//! The condition is always false, or the demand is always met. So the rule does not say what was meant. A rule about the data of
//! another file is not reported: it waits for data that excludes something.
//!
//! ```yaml
//! axes: {os: [ubuntu24.04, rocky9], device: [cpu, cuda]}
//! support:
//!   - {exclude: os == "rocky9" and os == "ubuntu24.04", because: ...}   # bad: never both
//!   - {exclude: os == "rocky9" and device == "cuda", because: ...}      # good
//! ```

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::family::{Family, Rule};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::matrix::{Combinations, Operands, platforms, rule_reads};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let (matrix, family) = (facts.matrix, facts.family);
    let args: Vec<&str> = family.args.iter().map(|arg| arg.name.as_str()).collect();
    let allowed = matrix.request.values();
    for rule in &family.support {
        let names = rule.expressions().flat_map(|expr| expr.names());
        let names = matrix.uses.names.closure(names);
        // An arg can have any value, so a rule that reads one can always apply.
        if args.iter().any(|arg| names.contains(arg)) {
            continue;
        }
        if reads_other_files(family, rule, &names) {
            continue;
        }
        let reads = rule_reads(rule, &matrix.uses.names);
        let platforms = platforms(matrix.request, reads.platform);
        let targets: Vec<&str> = match reads.target {
            true => family.targets().chain(family.stages()).collect(),
            false => vec![""],
        };
        let operands = Operands::new(family, &names, &reads.axes);
        let combinations = Combinations::new(&reads.axes, &allowed, family.support.len());
        // A sample says nothing about the other combinations.
        if combinations.is_sample() {
            continue;
        }
        let mut values: Vec<usize> = family.axes.iter().map(|axis| axis.default).collect();
        let applies = combinations.any(&mut values, |values| {
            let mut cells =
                platforms.iter().flat_map(|platform| targets.iter().map(move |target| (platform, target)));
            cells.any(|(platform, target)| {
                let scope = matrix.request.scope_of(&operands, values, platform, target);
                !rule.allows(&scope).is_ok_and(|allows| allows)
            })
        });
        if !applies {
            let found = Diagnostic::warning(Code::UnusedRule, rule.span, "this rule excludes no combination");
            findings.add(found.label("every combination satisfies it").help(
                "correct its condition, or remove it; if it is for later, add `x-check: skip=unused-rule`",
            ));
        }
    }
}

/// Whether a rule reads an axis or a var that is declared in another file, or a var that is read from a file of the context.
fn reads_other_files(family: &Family, rule: &Rule, names: &BTreeSet<&str>) -> bool {
    let mut reads_file = false;
    let vars = family.vars.iter().filter(|var| names.contains(var.name.as_str()));
    vars.clone().for_each(|var| var.template.files(&mut |_| reads_file = true));
    let axes = family.axes.iter().filter(|axis| names.contains(axis.name.as_str()));
    let mut spans = axes.map(|axis| axis.span).chain(vars.map(|var| var.span));
    reads_file || spans.any(|span| span.source != rule.span.source)
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use crate::base::diagnostic::Code;
    use crate::lint::testing;
    use crate::{Directive, Family, MatrixQuery, Sources};

    #[test]
    fn a_rule_about_the_data_of_another_file_waits_for_that_data() {
        let rule = "support: [{exclude: device.eol, because: it is too old}]\n";
        let data = "axes: {device: {cpu: {eol: false}, cuda: {eol: false}}}\n";
        let stages = "stages: {s: {from: \"${{ device }}\"}}\n";
        let check = |root: &str, included: &str, expect: usize| {
            let mut sources = Sources::single("image.yaml", format!("include: [a.yaml]\n{root}{stages}"));
            sources.add("a.yaml", included);
            let query = MatrixQuery::new(Platform::new("linux", "amd64"));
            let checked = crate::check(&Family::read(&sources), &sources, &query, &Directive::default());
            let found = checked.found.iter().filter(|found| found.code == Code::UnusedRule).count();
            assert_eq!(found, expect, "{:?}", checked.found);
        };
        check(rule, data, 0);
        check(data, rule, 0);
        check(&format!("{rule}{data}"), "args: {x: y}\n", 1);
        check("args: {x: y}\n", &format!("{rule}{data}"), 1);
        let of_file = "vars: {eol: {file: EOL}}\naxes: {device: [cpu, cuda]}\nsupport: [{exclude: eol == device, because: old}]\n";
        testing::check(Code::UnusedRule, &format!("{of_file}{stages}"), &[]);
    }

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
