//! Finds vars that nothing reads.
//!
//! The var is left over, or the expression that should use it names another one.
//!
//! ```yaml
//! vars: {major: "${{ version | major }}"}
//! stages: {app: {from: "x:${{ version }}"}}   # bad: `major` is not read
//! stages: {app: {from: "x:${{ major }}"}}     # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::bodies::bodies;
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let ruled = facts.ruled();
    for var in &facts.family.vars {
        let name = var.name.as_str();
        if !facts.read.contains(name) && !ruled.contains(name) {
            let found =
                Diagnostic::warning(Code::UnusedVar, var.span, format!("the var `{name}` is not used"));
            findings.add(found.help(format!("use `${{{{ {name} }}}}`, or remove the var")));
        }
    }
    for body in bodies(facts.family) {
        for var in body.vars.iter().filter(|var| !body.reads.contains(var.name.as_str())) {
            let name = &var.name;
            let message = format!("the var `{name}` of the {} `{}` is not used", body.noun, body.name);
            let found = Diagnostic::warning(Code::UnusedVar, var.span, message);
            findings.add(found.help(format!("use `${{{{ {name} }}}}`, or remove the var")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_var_that_nothing_reads() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedVar, text, expect);
        check("vars: {v: a}\nstages: {app: {from: x}}\n", &["1: the var `v` is not used"]);
        check("vars: {v: a, w: \"${{ v }}\"}\nstages: {app: {from: \"${{ w }}\"}}\n", &[]);
        let vars = "vars: {v: a, w: \"${{ v }}\", u: \"${{ v }}\"}";
        check(
            &format!("stages:\n  app: {{{vars}, from: \"${{{{ w }}}}\"}}\n"),
            &["2: the var `u` of the stage `app` is not used"],
        );
        check(
            &format!(
                "fragments:\n  f: {{{vars}, steps: [{{run: \"${{{{ w }}}}\"}}]}}\nstages: {{app: {{from: x, steps: [{{use: f}}]}}}}\n"
            ),
            &["2: the var `u` of the fragment `f` is not used"],
        );
        check("vars: {v: {file: VERSION}}\nstages: {app: {from: x}}\n", &["1: the var `v` is not used"]);
    }
}
