//! Finds axes that no stage and no target reads.
//!
//! Such an axis makes no variants, and setting it changes nothing. Either an expression that should use it is missing, or it can be
//! removed. An axis that only rules of `support` read is also unused.
//!
//! ```yaml
//! axes: {os: [ubuntu, rocky]}
//! stages: {app: {from: "ubuntu:24.04"}}          # bad: `os` changes nothing
//! stages: {app: {from: "${{ os }}:latest"}}      # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let ruled = facts.ruled();
    for axis in facts.family.axes.iter().filter(|axis| !facts.read.contains(axis.name.as_str())) {
        let found = if ruled.contains(axis.name.as_str()) {
            let message = format!("the axis `{}` is used only in `support`", axis.name);
            Diagnostic::warning(Code::UnusedAxis, axis.span, message)
        } else {
            Diagnostic::warning(Code::UnusedAxis, axis.span, format!("the axis `{}` is not used", axis.name))
        };
        let help = format!("use `${{{{ {} }}}}` in a stage, or remove the axis", axis.name);
        findings.add(found.label("the image is the same for all its values").help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(text: &str, expect: &[&str]) {
        testing::check(Code::UnusedAxis, text, expect);
    }

    #[test]
    fn an_axis_that_nothing_reads() {
        check("axes: {os: [a, b]}\nstages: {app: {from: x}}\n", &["1: the axis `os` is not used"]);
    }

    #[test]
    fn an_axis_that_only_rules_read() {
        check(
            "axes: {os: [a, b]}\nsupport: [{exclude: os == \"a\", because: no}]\nstages: {app: {from: x}}\n",
            &["1: the axis `os` is used only in `support`"],
        );
    }

    #[test]
    fn read_by_a_var_that_is_read() {
        check("axes: {os: [a, b]}\nvars: {v: \"${{ os }}\"}\nstages: {app: {from: \"${{ v }}\"}}\n", &[]);
    }

    #[test]
    fn read_by_a_condition_or_a_tag() {
        check("axes: {os: [a, b]}\nstages: {app: {from: x, steps: [{run: y, if: os == \"a\"}]}}\n", &[]);
        check("axes: {os: [a, b]}\nstages: {app: {from: x}}\ntargets: {app: {tags: \"r:${{ os }}\"}}\n", &[]);
    }
}
