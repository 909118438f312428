//! Finds values of axes that no supported combination has.
//!
//! The rules of `support` together exclude all combinations with this value. Either a rule excludes too much, or the value can be
//! removed.
//!
//! ```yaml
//! axes: {device: [cpu, xpu]}
//! support: [{exclude: device == "xpu", because: not yet}]   # bad: then why is `xpu` a value?
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    if facts.matrix.samples().next().is_some() {
        return;
    }
    for (index, axis) in facts.family.axes.iter().enumerate() {
        let roots = || facts.matrix.roots.iter().filter(|root| root.reads.axes.contains(&index));
        if roots().next().is_none() || roots().all(|root| root.combinations.is_empty()) {
            continue;
        }
        for (number, value) in axis.values.iter().enumerate() {
            let has = |combination: &crate::matrix::Combination| combination.values[index] == number;
            if !roots().any(|root| root.combinations.iter().any(has)) {
                let message = format!("no supported combination has `{}={}`", axis.name, value.name);
                let found = Diagnostic::warning(Code::UnusedValue, value.span, message);
                findings.add(found.help("remove the value, or change the rules of `support` to allow it"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_value_that_is_ruled_out() {
        let check = |rule: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: [x, y], b: [x, y]}}\nsupport: [{{{rule}, because: no}}]\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\n"
            );
            testing::check(Code::UnusedValue, &text, expect);
        };
        check("exclude: a == \"x\"", &["1: no supported combination has `a=x`"]);
        check("exclude: a == \"x\" and b == \"x\"", &[]);
    }
}
