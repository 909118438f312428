//! Finds args that nothing reads.
//!
//! Setting such an arg changes nothing, so a user who passes `--build-arg` for it is misled.
//!
//! ```yaml
//! args: {jobs: 10}
//! stages: {app: {from: "debian:12", steps: [{run: make -j8}]}}               # bad
//! stages: {app: {from: "debian:12", steps: [{run: "make -j${{ jobs }}"}]}}   # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let ruled = facts.ruled();
    for arg in &facts.family.args {
        let name = arg.name.as_str();
        if !facts.read.contains(name) && !ruled.contains(name) {
            let found =
                Diagnostic::warning(Code::UnusedArg, arg.span, format!("the argument `{name}` is not used"));
            findings.add(found.help(format!("use `${{{{ {name} }}}}`, or remove the argument")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn an_argument_that_nothing_reads() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedArg, text, expect);
        check("args: {jobs: 10}\nstages: {app: {from: x}}\n", &["1: the argument `jobs` is not used"]);
        check("args: {v: \"1\"}\nstages: {app: {from: \"x:${{ v }}\"}}\n", &[]);
        check(
            "args: {v: \"1\"}\nsupport: [{exclude: v == \"2\", because: no}]\nstages: {app: {from: x}}\n",
            &[],
        );
        // An arg that only an unused var reads is unused.
        check(
            "args: {v: \"1\"}\nvars: {w: \"${{ v }}\"}\nstages: {app: {from: x}}\n",
            &["1: the argument `v` is not used"],
        );
    }
}
