//! The lint: a static check of a family over its whole matrix, without a daemon.
//!
//! Each rule is a file, named after its code, with a description of the rule and its tests. The table of rules also lists codes
//! that the reader and the planner report, so that a build reports them too.

mod arg_values;
mod bodies;
mod default_build;
mod directive;
mod duplicates;
mod facts;
mod findings;
#[cfg(test)]
mod given_tests;
mod other_args;
mod package_steps;
mod plans;
mod rules;
mod table;
mod tags;
#[cfg(test)]
mod testing;
mod unreachable;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Sources;
use crate::family::Reading;
use crate::matrix::{Matrix, MatrixQuery, MatrixRequest, PlansLeft, Roots};

pub use directive::{Directive, silence};
use facts::MatrixFacts;
use findings::Findings;
pub use rules::unpinned_key::check as check_keys;
pub use table::{FoundBy, Rule};
use table::{RULES, RuleKind};

/// The result of a lint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The diagnostics: errors, then warnings, each sorted by place.
    pub found: Vec<Diagnostic>,
    /// The number of variants. `None` if the family has errors, so that there is no matrix.
    pub variants: Option<usize>,
}

/// Lints the variants that the query selects. The diagnostics of `reading` are included.
///
/// ```
/// use varve_spec::{Directive, Family, Platform, MatrixQuery, Sources, check};
///
/// let sources = Sources::single("image.yaml", r#"
/// axes:
///   device: {cpu: {}, cuda: {version: 12.9}}
/// stages:
///   app:
///     from: "debian:12"
///     steps:
///       - run: install ${{ device.version }}
/// "#);
/// let reading = Family::read(&sources);
/// let query = MatrixQuery::new(Platform::new("linux", "amd64"));
/// let checked = check(&reading, &sources, &query, &Directive::default());
/// assert_eq!(checked.variants, Some(2));
/// assert!(checked.found[0].message.ends_with("for device=cpu (1 of 2 variants)"));
/// ```
pub fn check(reading: &Reading, sources: &Sources, query: &MatrixQuery, directive: &Directive) -> Checked {
    let mut found = reading.found.clone();
    let mut variants = None;
    if let Some(family) = &reading.family {
        found.extend(family.unknown_args(&query.args));
        match Matrix::new(MatrixRequest { family, query }, Roots::All) {
            Ok(matrix) => {
                variants = Some(matrix.len());
                found.extend(over(&matrix));
                // For a whole family, the rule `no-variant` names each target without a variant.
                if !matrix.request.is_whole() {
                    let new = matrix.none_left().into_iter().filter(|reason| !found.contains(reason));
                    found.extend(new.collect::<Vec<_>>());
                }
            }
            Err(wrong) => found.extend(wrong),
        }
    }
    Checked { found: silence(found, sources, directive), variants }
}

/// Collects the diagnostics over a matrix.
fn over(matrix: &Matrix<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    matrix.found.iter().cloned().for_each(|found| findings.add(found));
    for root in &matrix.roots {
        if let Some(total) = root.sample_of {
            let message = format!("`{}` has {total} combinations", root.name);
            let found = Diagnostic::warning(Code::Sampled, root.span, message);
            findings.add(found.label(format!("varve checked {} of them", root.looked_at)));
        }
    }
    let facts = MatrixFacts::new(matrix, &mut findings);
    let mut left = PlansLeft::default();
    plans::check(matrix, RULES, &mut left, &mut findings);
    for rule in RULES {
        match rule.kind {
            RuleKind::Family(run) => run(&facts, &mut findings),
            // A part of the matrix is not enough to say that something is unused.
            RuleKind::Whole(run) if facts.is_whole() => run(&facts, &mut findings),
            _ => {}
        }
    }
    let mut found = findings.finish(matrix);
    found.extend(other_args::check(matrix, RULES, &mut left, &found));
    if facts.is_whole() {
        let new = default_build::check(matrix).into_iter().filter(|error| !found.contains(error));
        found.extend(new.collect::<Vec<_>>());
    }
    // With a misspelled mixin or fragment, it is not known what is used. The warnings would follow from the error.
    if found.iter().any(|found| matches!(found.code, Code::UnknownName | Code::UnknownStage)) {
        found.retain(|found| !claims_unused(found.code));
    }
    found
}

/// Whether the diagnostics with a code say that a declaration is not used.
fn claims_unused(code: Code) -> bool {
    use Code::{UnusedArg, UnusedAxis, UnusedFragment, UnusedMixin, UnusedStage, UnusedVar};
    matches!(code, UnusedAxis | UnusedArg | UnusedVar | UnusedStage | UnusedFragment | UnusedMixin)
}

/// Whether only the lint reports a code. Builds report the other codes too.
fn is_rule(code: Code) -> bool {
    RULES.iter().any(|rule| rule.code == code && rule.found_by() == FoundBy::Check)
}

#[cfg(test)]
mod tests {
    use buildkit_names::Platform;

    use super::*;
    use crate::family::Family;

    #[test]
    fn errors_come_first_and_what_follows_from_them_is_not_reported() {
        let check = |text: &str, expect: &[&str]| {
            let sources = Sources::single("image.yaml", text);
            let query = MatrixQuery::new(Platform::new("linux", "amd64"));
            let checked = super::check(&Family::read(&sources), &sources, &query, &Directive::default());
            let found: Vec<String> = checked.found.iter().map(|found| found.message.clone()).collect();
            assert_eq!(found, expect, "{text}");
        };
        let family = |stage: &str| {
            format!(
                "vars: {{dir: /c, id: x}}\nmixins: {{cache: {{mounts: [{{cache: \"${{{{ dir }}}}\"}}]}}}}\nfragments: {{get: {{steps: [{{run: \"echo ${{{{ id }}}}\"}}]}}}}\nstages:\n  tools: {{from: x/y}}\n  app: {{from: x/y, env: {{TOKEN: abc}}, {stage}}}\ntargets: {{app: {{}}}}\n"
            )
        };
        let secret = "`TOKEN` becomes part of the image";
        let used = "mixins: [cache], steps: [{use: get}, {copy: /a, to: /, from: tools}]";
        check(&family(used), &[secret]);
        check(&family(&used.replace("cache", "cahce")), &["there is no mixin `cahce`", secret]);
        check(&family(&used.replace("get", "gte")), &["there is no fragment `gte`", secret]);
        check(
            &family(&used.replace("tools", "tolos")),
            &[secret, "there is no stage `tolos`, so this is an image"],
        );
        let unused = ["the var `dir` is not used", "the mixin `cache` is not used"];
        check(
            &family("steps: [{use: get}, {copy: /a, to: /, from: tools}]"),
            &[unused[0], unused[1], secret],
        );
    }
}
