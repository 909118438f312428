//! Finds cases of a `match` that no variant selects.
//!
//! An earlier case matches the same values, `support` excludes the variants with these values, or the matched expression never has
//! such a value.
//!
//! ```yaml
//! match: framework ~ "/" ~ device
//! cases:
//!   vllm/*: a
//!   vllm/cuda12.9: b       # bad: the case above takes it
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::lint::unreachable::{Part, find};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for unreachable in find(facts) {
        if let Part::Case(pattern) = unreachable.what {
            let message = format!("no variant takes the case `{pattern}`");
            let found = Diagnostic::warning(Code::UnreachableCase, unreachable.span, message);
            findings.add(found.help(
                "varve takes the first case that matches: move this case up, correct it, or remove it",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_case_that_no_variant_takes() {
        let check = |cases: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: [x, y], b: [p, q]}}\nsupport: [{{exclude: a == \"x\" and b == \"q\", because: no}}]\nvars:\n  v:\n    match: a ~ \"/\" ~ b\n    cases:\n{cases}stages: {{s: {{from: \"${{{{ v }}}}\"}}}}\n"
            );
            testing::check(Code::UnreachableCase, &text, expect);
        };
        check("      x/p: one\n      y/*: two\n", &[]);
        check("      x/q: one\n      else: two\n", &["7: no variant takes the case `x/q`"]);
        check("      y/*: one\n      y/p: two\n      else: three\n", &["8: no variant takes the case `y/p`"]);
        check("      z/*: one\n      else: two\n", &["7: no variant takes the case `z/*`"]);
    }
}
