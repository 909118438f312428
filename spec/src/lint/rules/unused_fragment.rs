//! Finds fragments that no stage uses, directly or through other fragments.
//!
//! ```yaml
//! fragments: {user: {steps: [{user: app}]}}
//! stages: {app: {from: "debian:12"}}                           # bad
//! stages: {app: {from: "debian:12", steps: [{use: user}]}}     # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for (index, fragment) in facts.family.fragments.iter().enumerate() {
        if !facts.fragments.contains(&index) {
            let message = format!("the fragment `{}` is not used", fragment.name);
            let found = Diagnostic::warning(Code::UnusedFragment, fragment.span, message);
            findings
                .add(found.help(format!("add the step `use: {}`, or remove the fragment", fragment.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_fragment_that_no_stage_uses() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedFragment, text, expect);
        let fragments = "fragments: {a: {steps: [{user: x}]}, b: {steps: [{use: a}]}}\n";
        check(
            &format!("{fragments}stages: {{s: {{from: x}}}}\n"),
            &["1: the fragment `a` is not used", "1: the fragment `b` is not used"],
        );
        check(&format!("{fragments}stages: {{s: {{from: x, steps: [{{use: b}}]}}}}\n"), &[]);
        check(
            &format!("{fragments}stages: {{s: {{from: x, steps: [{{use: a}}]}}}}\n"),
            &["1: the fragment `b` is not used"],
        );
    }
}
