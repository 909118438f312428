//! Finds two published variants with the same tag.
//!
//! The variant that is pushed last overwrites the others. Usually the tag lacks an axis.
//!
//! ```yaml
//! axes: {device: [cpu, cuda]}
//! stages: {app: {from: "x:${{ device }}"}}
//! targets: {app: {tags: "acme/app:1"}}                    # bad: both are `acme/app:1`
//! targets: {app: {tags: "acme/app:1-${{ device }}"}}      # good
//! ```

use crate::base::diagnostic::Code;
use crate::lint::duplicates::{Duplicate, report};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    const TAG: Duplicate =
        Duplicate { code: Code::DuplicateTag, have: "have the tag", same: "the same tag", place: "the tag" };
    report(facts, &TAG, &|published| &published.tags, findings);
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(targets: &str, expect: &[&str]) {
        let text = format!(
            "axes: {{a: [x, y], b: [p, q]}}\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\ntargets:\n{targets}"
        );
        testing::check(Code::DuplicateTag, &text, expect);
    }

    #[test]
    fn an_axis_is_missing_from_the_tag() {
        check("  s: {tags: \"r:${{ a }}\"}\n", &["4: several variants have the tag `r:x`, `r:y`"]);
        check("  s: {tags: \"r:${{ a }}-${{ b }}\"}\n", &[]);
    }

    #[test]
    fn some_variants_alone() {
        let tag = "{if: a == \"x\", then: \"r:latest\"}";
        let found = "4: several variants have the tag `r:latest` for a=x (2 of 4 variants)";
        check(&format!("  s: {{tags: [{tag}]}}\n"), &[found]);
        check(&format!("  s: {{tags: [{tag}], publish: b == \"p\"}}\n"), &[]);
    }

    #[test]
    fn two_targets() {
        let tag = "\"r:${{ a }}-${{ b }}\"";
        check(
            &format!("  s: {{tags: {tag}}}\n  t: {{stage: s, tags: {tag}}}\n"),
            &[
                "4: several variants have the tag `r:x-p`, `r:x-q`, `r:y-p`, `r:y-q` for target=s (4 of 8 variants)",
                "5: several variants have the tag `r:x-p`, `r:x-q`, `r:y-p`, `r:y-q` for target=t (4 of 8 variants)",
            ],
        );
    }

    #[test]
    fn computed_tags() {
        let text = |tags: &str| {
            format!(
                "axes: {{a: [x, y]}}\nvars: {{t: [\"r:${{{{ a }}}}\", {{if: a == \"x\" or a == \"y\", then: \"r:latest\"}}]}}\nstages: {{s: {{from: \"${{{{ a }}}}\"}}}}\ntargets: {{s: {{tags: {tags}}}}}\n"
            )
        };
        let found = ["4: several variants have the tag `r:latest`"];
        testing::check(Code::DuplicateTag, &text("\"${{ t }}\""), &found);
        testing::check(Code::DuplicateTag, &text("\"${{ ['r:' ~ a] + ['r:latest'] }}\""), &found);
        testing::check(Code::DuplicateTag, &text("[{for: {k: [\"latest\"]}, do: [\"r:${{ k }}\"]}]"), &found);
        testing::check(Code::DuplicateTag, &text("{match: a, cases: {\"*\": \"r:latest\"}}"), &found);
        testing::check(Code::DuplicateTag, &text("\"${{ ['r:' ~ a] }}\""), &[]);
    }

    #[test]
    fn platforms_of_one_variant() {
        let text = |tags: &str| {
            format!(
                "stages: {{s: {{from: i}}}}\ntargets: {{s: {{platforms: [linux/amd64, linux/arm64], tags: {tags}}}}}\n"
            )
        };
        testing::check(Code::DuplicateTag, &text("[\"r:1\"]"), &[]);
        testing::check(Code::DuplicateTag, &text("[\"r:${{ platform.arch }}\"]"), &[]);
        // Each platform is a build of its own, so the one that is pushed last has `r:latest`.
        let found = ["2: several variants have the tag `r:latest`"];
        testing::check(Code::DuplicateTag, &text("[\"r:${{ platform.arch }}\", \"r:latest\"]"), &found);
    }
}
