//! Finds steps, and other parts with a guard, whose condition is false in every variant.
//!
//! The condition has a mistake, or `support` excludes the variants for which it is true.
//!
//! ```yaml
//! axes: {device: [cpu, cuda12.9]}
//! - {run: install-rocm, if: startswith(device, "rocm")}    # bad: no device starts with that
//! - {run: install-cuda, if: startswith(device, "cuda")}    # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::lint::unreachable::{Part, find};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for unreachable in find(facts) {
        if let Part::Guarded = unreachable.what {
            let message = "this condition is false for every variant";
            let found = Diagnostic::warning(Code::UnreachableStep, unreachable.span, message);
            findings.add(
                found
                    .label("varve always omits what it guards")
                    .help("correct the condition, or remove what it guards"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(step: &str, expect: &[&str]) {
        let text = format!(
            "axes: {{a: {{x: {{v: 1}}, y: {{v: 2}}}}, b: [p, q]}}\nargs: {{r: \"1\"}}\nsupport: [{{exclude: a == \"x\" and b == \"q\", because: no}}]\nstages:\n  s:\n    from: \"${{{{ a }}}}${{{{ b }}}}\"\n    steps:\n      - {step}\n"
        );
        testing::check(Code::UnreachableStep, &text, expect);
    }

    const FOUND: &str = "8: this condition is false for every variant";

    #[test]
    fn a_condition_that_never_holds() {
        check("{run: y, if: a.v > 2}", &[FOUND]);
        check("{run: y, if: a.v > 1}", &[]);
        check("{if: a == \"x\" and b == \"q\", then: [{run: y}], else: [{run: z}]}", &[FOUND]);
        check("{run: y, mounts: [{cache: /c, if: a == \"x\" and b == \"q\"}]}", &[FOUND]);
        check("{run: y, if: stage == \"t\"}", &[FOUND]);
    }

    #[test]
    fn a_platform_that_is_not_stated_can_be_any() {
        let step = "{run: y, if: platform.arch == \"arm64\"}";
        check(step, &[]);
        let stated = |platforms: &str| format!("{step}\ntargets: {{s: {{platforms: {platforms}}}}}");
        check(&stated("linux/amd64"), &[FOUND]);
        check(&stated("[linux/amd64, linux/arm64]"), &[]);
    }

    #[test]
    fn conditions_within_each_other() {
        check("{run: y, if: a == \"x\", env: {E: {if: b == \"q\", value: z}}}", &[FOUND]);
        // Only the outer condition is reported.
        check("{run: y, if: a.v > 2, env: {E: {if: b == \"q\", value: z}}}", &[FOUND]);
    }

    #[test]
    fn what_is_not_known_can_be() {
        check("{run: y, if: r == \"2\"}", &[]);
        check("{for: {n: [1, 2]}, do: {run: y, if: n == \"3\"}}", &[]);
    }
}
