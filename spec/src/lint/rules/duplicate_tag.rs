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

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::lint::facts::{MatrixFacts, Published};
use crate::lint::findings::Findings;
use crate::matrix::Cell;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let mut carriers: BTreeMap<&str, Vec<(&Published, Span)>> = BTreeMap::new();
    for published in facts.published.iter().filter(|published| published.publish) {
        let mut own = BTreeSet::new();
        for (tag, span) in &published.tags {
            if own.insert(tag.as_ref()) {
                carriers.entry(tag).or_default().push((published, *span));
            }
        }
    }
    for (tag, carriers) in carriers.iter().filter(|(_, carriers)| carriers.len() > 1) {
        let (first, last) = (carriers[0], carriers[1]);
        let help = help(facts, first.0, last.0);
        // The places of the tag, each with the variants that have the tag from there. The first variant names the first place.
        let mut places: BTreeMap<Span, Vec<&Published>> = BTreeMap::new();
        let mut spans: Vec<Span> = Vec::new();
        for (published, span) in carriers {
            let here = places.entry(*span).or_default();
            if here.is_empty() {
                spans.push(*span);
            }
            here.push(published);
        }
        for (span, published) in places {
            let message = format!("several variants have the tag `{tag}`");
            let mut found = Diagnostic::error(Code::DuplicateTag, span, message).help(help.clone());
            // One of the first two is another place.
            if let Some(other) = spans.iter().take(2).find(|other| **other != span) {
                found = found.related(*other, "the same tag");
            }
            let cells = published.into_iter().flat_map(|published| {
                let platforms = published.platforms.iter();
                platforms.map(|platform| Cell { platform: *platform, ..published.cell })
            });
            findings.at_all(cells, found);
        }
    }
}

/// Suggests what would make the tags of two variants different.
fn help(facts: &MatrixFacts<'_>, a: &Published, b: &Published) -> String {
    let roots = &facts.matrix.roots;
    let (root, other) = (&roots[a.cell.root], &roots[b.cell.root]);
    if root.name != other.name {
        return format!(
            "`{}` and `{}` both have it: put the name of the target into the tag",
            root.name, other.name
        );
    }
    let values = |published: &Published| &root.combinations[published.cell.combination].values;
    let differ = root.reads.axes.iter().find(|axis| values(a)[**axis] != values(b)[**axis]);
    match differ {
        Some(axis) => {
            let axis = &facts.family.axes[*axis].name;
            format!("add `${{{{ {axis} }}}}` to the tag, or use `publish` to select the variant to publish")
        }
        None if a.cell.combination == b.cell.combination => {
            "the other tags differ by platform, so each platform is a build of its own: add `${{ platform.arch }}` to the tag".to_owned()
        }
        None => "use `publish` to select the variant to publish".to_owned(),
    }
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
