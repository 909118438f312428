//! Finds targets that no supported combination can build.
//!
//! The guard of the target is always false, or `support` excludes every combination and platform of it.
//!
//! ```yaml
//! support: [{exclude: target == "dev", because: ...}]
//! targets: {dev: {stage: app}}           # bad: no variant of `dev` is left
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for root in facts.matrix.roots.iter().filter(|root| root.combinations.is_empty()) {
        let message = format!("no supported combination builds `{}`", root.name);
        let found = Diagnostic::error(Code::NoVariant, root.span, message);
        findings.add(found.help(
            "its `if:` or the rules of `support` exclude every combination: correct them, or remove it",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_target_without_variants() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::NoVariant, text, expect);
        let family = "axes: {a: [x, y]}\nstages: {s: {from: \"${{ a }}\"}}\n";
        let found = ["3: no supported combination builds `t`"];
        check(&format!("{family}targets: {{t: {{stage: s, if: a == \"x\" and a == \"y\"}}}}\n"), &found);
        let rule = "support: [{exclude: target == \"t\", because: no}]\n";
        check(&format!("{family}targets: {{t: {{stage: s}}}}\n{rule}"), &found);
        check(&format!("{family}targets: {{t: {{stage: s, if: a == \"x\"}}}}\n"), &[]);
    }
}
