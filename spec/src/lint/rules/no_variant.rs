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
    for root in facts.matrix.roots.iter().filter(|root| root.has_no_variant()) {
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
    fn a_target_whose_only_variant_is_not_in_the_sample() {
        let values: Vec<String> = (0..50).map(|n| format!("v{n}")).collect();
        let axes: String = (0..3).map(|n| format!("  a{n}: [{}]\n", values.join(", "))).collect();
        let rule = "support: [{require: 'a0 == \"v47\" and a1 == \"v48\" and a2 == \"v49\"', because: no}]\n";
        let text = format!("axes:\n{axes}{rule}stages: {{s: {{from: scratch}}}}\n");
        testing::check(Code::NoVariant, &text, &[]);
        testing::check(Code::Sampled, &text, &["6: `s` has 125000 combinations"]);
        testing::check(Code::Unsupported, &text, &["5: no"]);
    }

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
