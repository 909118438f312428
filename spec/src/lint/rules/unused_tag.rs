//! Finds tags that no published variant has.
//!
//! The tag is often `latest`, with a condition for a combination that `support` excludes or that is not published.
//!
//! ```yaml
//! support: [{exclude: os == "ubuntu26.04" and device == "cuda12.9", because: ...}]
//! targets:
//!   app:
//!     tags:
//!       - {if: os == "ubuntu26.04" and device == "cuda12.9", then: "acme/app:latest"}   # bad: nobody carries it
//!       - {if: os == "ubuntu26.04" and device == "cuda13.3", then: "acme/app:latest"}   # good
//! ```
//!
//! The rule follows choices, matches and repetitions of the list, vars that an item names alone (`${{ tags }}`), and in an
//! expression lists, `+` and `a if c else b`. Of any other expression it sees only whether it gives a tag. The tags of a target
//! that is never published are names for local builds, which do not have to be published.

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::lint::facts::{MatrixFacts, Published};
use crate::lint::findings::Findings;
use crate::lint::tags::{Leaves, selected};
use crate::matrix::{Root, RootKind, fields};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    for (number, root) in facts.matrix.roots.iter().enumerate() {
        let whole = !root.combinations.is_empty() && root.sample_of.is_none();
        if root.kind == RootKind::Target && whole {
            let start = facts.published.partition_point(|published| published.cell.root < number);
            let end = facts.published.partition_point(|published| published.cell.root <= number);
            of_target(facts, root, &facts.published[start..end], findings);
        }
    }
}

fn of_target(facts: &MatrixFacts<'_>, root: &Root<'_>, builds: &[Published], findings: &mut Findings) {
    // If a target has mistakes, some of its tags are unknown, so none of them is reported.
    if builds.iter().any(|build| build.failed) {
        return;
    }
    // The tags of a target that is never published are names for local builds.
    let is_local = !builds.iter().any(|build| build.publish);
    for field in fields(&root.named.template).iter().filter(|field| field.key.as_ref() == "tags") {
        let leaves = Leaves::new(facts, &field.value);
        let (mut evaluated, mut carried): (BTreeSet<Span>, BTreeSet<Span>) = Default::default();
        for build in builds {
            let mut spans = BTreeSet::new();
            if leaves.are_nested {
                let values = &root.combinations[build.cell.combination].values;
                let platform = &root.platforms[build.cell.platform];
                let scope = facts.matrix.request.scope(values, platform, &root.name);
                selected(facts.family, &field.value, &scope, &mut spans);
            } else {
                spans.extend(build.tags.iter().map(|(_, span)| *span));
            }
            if build.publish || is_local {
                carried.extend(&spans);
            }
            evaluated.extend(spans);
        }
        for leaf in leaves
            .all
            .iter()
            .filter(|leaf| !leaf.is_open && !carried.contains(&leaf.span) && !leaf.written.is_empty())
        {
            let who = if evaluated.contains(&leaf.span) { "published variant" } else { "variant" };
            let message = format!("no {who} has the tag `{}`", leaf.written);
            let found = Diagnostic::error(Code::UnusedTag, leaf.span, message);
            findings.add(found.help("its condition is false for every variant that `varve matrix` lists"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    #[test]
    fn a_tag_that_nobody_carries() {
        let check = |target: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: [x, y], b: [p, q]}}\nsupport: [{{exclude: a == \"x\" and b == \"p\", because: no}}]\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\ntargets: {{s: {{{target}}}}}\n"
            );
            testing::check(Code::UnusedTag, &text, expect);
        };
        let latest = |on: &str| format!("tags: [{{if: {on}, then: \"r:latest\"}}]");
        check(&latest("a == \"x\" and b == \"q\""), &[]);
        check(&latest("a == \"x\" and b == \"p\""), &["4: no variant has the tag `r:latest`"]);
        let unpublished = format!("{}, publish: a == \"y\"", latest("a == \"x\""));
        check(&unpublished, &["4: no published variant has the tag `r:latest`"]);
        check("tags: [\"r:${{ a ~ ['x'] }}\"]", &[]);
        check("tags: {match: a, cases: {x: \"r:${{ b }}\", y: r, z*: \"q:${{ b }}-1\"}}", &[]);
    }

    #[test]
    fn a_target_that_is_never_published_may_have_names() {
        let text = |publish: &str, tags: &str| {
            format!(
                "axes: {{a: [x, y]}}\nstages: {{s: {{from: \"${{{{ a }}}}\"}}}}\ntargets: {{s: {{tags: {tags}, publish: {publish}}}}}\n"
            )
        };
        testing::check(Code::UnusedTag, &text("\"false\"", "\"r:${{ a }}\""), &[]);
        testing::check(Code::UnusedTag, &text("false", "\"r:${{ a }}\""), &[]);
        testing::check(Code::UnusedTag, &text("a == \"x\"", "\"r:${{ a }}\""), &[]);
        let never = "[{if: a == \"x\" and a == \"y\", then: r}]";
        testing::check(Code::UnusedTag, &text("false", never), &["3: no variant has the tag `r`"]);
    }

    #[test]
    fn a_computed_tag_that_nobody_carries() {
        let check = |vars: &str, tags: &str, expect: &[&str]| {
            let text = format!(
                "axes: {{a: [x, y], b: [p, q]}}
support: [{{exclude: a == \"x\" and b == \"p\", because: no}}]
vars: {{{vars}}}
stages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}
targets: {{s: {{tags: {tags}}}}}\n"
            );
            testing::check(Code::UnusedTag, &text, expect);
        };
        let (good, bad) = ("a == \"x\" and b == \"q\"", "a == \"x\" and b == \"p\"");
        let list =
            |on: &str| format!("t: [\"r:${{{{ a }}}}${{{{ b }}}}\", {{if: {on}, then: \"r:latest\"}}]");
        let found = ["3: no variant has the tag `r:latest`"];
        for tags in ["\"${{ t }}\"", "[\"${{ t }}\"]", "[\"${{ t + ['r:other'] }}\"]", "\"${{ u }}\""] {
            let vars = |on: &str| format!("{}, u: \"${{{{ t }}}}\"", list(on));
            check(&vars(good), tags, &[]);
            check(&vars(bad), tags, &found);
        }
        let found = ["5: no variant has the tag `r:latest`"];
        let choice =
            |on: &str| format!("\"${{{{ ['r:1'] + (['r:latest'] if {} else []) }}}}\"", on.replace('"', "'"));
        check("z: 1", &choice(good), &[]);
        check("z: 1", &choice(bad), &found);
        let matched = "{match: \"a ~ b\", cases: {xp: \"r:latest\", else: \"r:${{ a }}${{ b }}\"}}";
        check("z: 1", matched, &found);
        let repeated = |on: &str| {
            format!(
                "[{{for: {{t: [\"1\", \"2\"]}}, do: [{{if: t == \"1\" and {on}, then: \"r:${{{{ t }}}}\"}}]}}]"
            )
        };
        check("z: 1", &repeated(good), &[]);
        check("z: 1", &repeated(bad), &["5: no variant has the tag `r:...`"]);
    }

    #[test]
    fn a_tag_behind_an_arg_can_be_carried() {
        let check = |tags: &str| {
            let text = format!(
                "args: {{full: false, kind: a}}
vars: {{t: [r, {{if: full, then: \"r:latest\"}}], is: \"${{{{ kind == 'b' }}}}\"}}
stages: {{s: {{from: \"${{{{ is }}}}\"}}}}
targets: {{s: {{tags: {tags}}}}}\n"
            );
            testing::check(Code::UnusedTag, &text, &[]);
        };
        check("[r, {if: full, then: \"r:latest\"}]");
        check("[r, {if: is, then: \"r:latest\"}]");
        check("{match: kind, cases: {b: \"r:latest\", else: r}}");
        check("\"${{ t }}\"");
        check("\"${{ ['r'] + (['r:latest'] if full else []) }}\"");
    }
}
