//! Finds mixins that no stage and no step names.
//!
//! ```yaml
//! mixins: {ccache: {mounts: [{cache: /ccache}]}}
//! stages: {app: {from: "debian:12", steps: [{run: make}]}}                        # bad
//! stages: {app: {from: "debian:12", mixins: [ccache], steps: [{run: make}]}}      # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for (index, mixin) in facts.family.mixins.iter().enumerate() {
        if !facts.mixins.contains(&index) {
            let message = format!("the mixin `{}` is not used", mixin.name);
            let found = Diagnostic::warning(Code::UnusedMixin, mixin.span, message);
            findings
                .add(found.help(format!("add `mixins: [{}]` to a stage or step, or remove it", mixin.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_mixin_that_nothing_names() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedMixin, text, expect);
        let mixins = "mixins: {m: {env: {A: b}}}\n";
        check(&format!("{mixins}stages: {{s: {{from: x}}}}\n"), &["1: the mixin `m` is not used"]);
        check(&format!("{mixins}stages: {{s: {{from: x, mixins: [m]}}}}\n"), &[]);
        check(&format!("{mixins}stages: {{s: {{from: x, steps: [{{run: y, mixins: m}}]}}}}\n"), &[]);
    }
}
