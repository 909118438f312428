//! Finds paths that the context does not have. Only `varve check` runs the rule, since it has the context at hand.
//!
//! The path has a typing error, or `.dockerignore` leaves it out. If something else makes the file before the build, skip the rule
//! with `x-check`.
//!
//! ```yaml
//! - copy: scr /app/   # bad: the folder is `src`
//! - copy: src /app/   # good
//! ```

use crate::base::diagnostic::{Code, Diagnostic};
use crate::family::context_path::PathReader;
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for missing in &facts.matrix.request.query.missing_paths {
        let path = &missing.path;
        findings.add(match missing.reader {
            PathReader::Dockerfile => Diagnostic::error(
                Code::MissingPath,
                missing.span,
                format!("the context has no Dockerfile `{path}`"),
            )
            .help("write its path relative to the context"),
            PathReader::Step => Diagnostic::warning(
                Code::MissingPath,
                missing.span,
                format!("the context has no `{path}`"),
            )
            .label("it does not exist, or `.dockerignore` leaves it out")
            .help(
                "write the path relative to the context; if something makes it before the build, add `x-check: skip=missing-path`",
            ),
        });
    }
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use crate::{Directive, Family, MatrixQuery, Sources};

    #[test]
    fn paths_that_the_caller_did_not_find() {
        let check = |text: &str, expect: &[&str]| {
            let sources = Sources::single("image.yaml", text);
            let reading = Family::read(&sources);
            let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
            query.missing_paths =
                reading.family.iter().flat_map(|family| family.context_paths(&query)).collect();
            let checked = crate::check(&reading, &sources, &query, &Directive::default());
            let lines: Vec<String> = checked
                .found
                .iter()
                .map(|found| format!("{} {}", sources.text(found.span), found.message))
                .collect();
            assert_eq!(lines, expect);
        };
        let text = "stages: {app: {from: {dockerfile: D}, steps: [{copy: [a, b], to: /}]}}\n";
        check(
            text,
            &["D the context has no Dockerfile `D`", "a the context has no `a`", "b the context has no `b`"],
        );
        let computed = "axes: {x: [c, d]}\nstages: {app: {from: scratch, steps: [{copy: [a, 'a/${{ x }}', 'p/*'], to: /, if: x == \"c\"}]}}\n";
        let step = "{copy: [a, 'a/${{ x }}', 'p/*'], to: /, if: x == \"c\"}";
        check(computed, &[&format!("{step} the context has no `a/c`"), "a the context has no `a`"]);
        let skipped = text.replace("to: /", "to: /, x-check: skip=missing-path");
        check(&skipped, &["D the context has no Dockerfile `D`"]);
    }
}
