//! Finds parameters of stages and fragments that nothing in there reads.
//!
//! An argument for such a parameter changes nothing, so a user who gives one is misled.
//!
//! ```yaml
//! licences: {params: {of: base}, from: "debian:12"}   # bad: `of` is not read
//! licences: {params: {of: base}, from: "${{ of }}"}   # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lint::bodies::bodies;
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for body in bodies(facts.family) {
        let read = |parameter: &str| body.reads.contains(parameter);
        for parameter in body.parameters.iter().filter(|parameter| !read(&parameter.name)) {
            let name = &parameter.name;
            let message = format!("the parameter `{name}` of the {} `{}` is not used", body.noun, body.name);
            let found = Diagnostic::warning(Code::UnusedParam, parameter.span, message);
            findings.add(found.help(format!("use `${{{{ {name} }}}}`, or remove the parameter")));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_parameter_that_nothing_reads() {
        let check = |text: &str, expect: &[&str]| testing::check(Code::UnusedParam, text, expect);
        let found = ["2: the parameter `p` of the stage `app` is not used"];
        check("stages:\n  app: {params: {p: a}, from: x}\n", &found);
        check("stages:\n  app: {params: {p: a}, from: \"${{ p }}\"}\n", &[]);
        check("stages:\n  app: {params: {p: a}, vars: {v: \"${{ p }}\"}, from: \"${{ v }}\"}\n", &[]);
        // A var that nothing reads reads nothing.
        check("stages:\n  app: {params: {p: a}, vars: {v: \"${{ p }}\"}, from: x}\n", &found);
        let fragment = |steps: &str| {
            format!(
                "fragments:\n  f: {{params: {{p: a}}, steps: [{steps}]}}\nstages: {{app: {{from: x, steps: [{{use: f}}]}}}}\n"
            )
        };
        check(&fragment("{run: x}"), &["2: the parameter `p` of the fragment `f` is not used"]);
        check(&fragment("{run: \"${{ p | quote }}\"}"), &[]);
        // The variable of the repetition hides the parameter.
        check(
            &fragment("{for: {p: [a]}, do: {run: \"${{ p }}\"}}"),
            &["2: the parameter `p` of the fragment `f` is not used"],
        );
    }
}
