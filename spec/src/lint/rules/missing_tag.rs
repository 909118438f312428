//! Finds tags that `expect-tags` of a target names and that no published variant has.
//!
//! Users pull some tags by name, such as `latest` or that of each major version. A change of an axis must not lose one of them.
//!
//! ```yaml
//! axes: {python: {values: ["3.14", "3.13"], default: newest}}
//! stages: {app: {from: "python:${{ python }}"}}
//! targets:
//!   app:
//!     tags: ["acme/app:${{ python }}"]        # bad: no variant has `acme/app:latest`
//!     expect-tags: acme/app:latest
//! targets:
//!   app:                                      # good
//!     tags: ["acme/app:${{ python }}", {if: python is default, then: acme/app:latest}]
//!     expect-tags: acme/app:latest
//! ```

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::sorted::set_of;
use crate::lint::facts::{MatrixFacts, Published};
use crate::lint::findings::Findings;

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let published = || facts.published.iter().filter(|published| published.publish);
    // A tag may be missing because of a mistake, which is reported, or because the sample does not contain its variant.
    if facts.published.iter().any(|published| published.failed) || facts.matrix.samples().next().is_some() {
        return;
    }
    let tags: BTreeSet<ImageName> =
        set_of(published().flat_map(|published| &published.tags).map(|(tag, _)| ImageName::new(tag)));
    // A target of which nothing is published has lost its tags too.
    let roots: BTreeSet<usize> = set_of(published().map(|published| published.cell.root));
    let counts = |published: &&Published| published.publish || !roots.contains(&published.cell.root);
    for published in facts.published.iter().filter(counts) {
        let missing = published.expected.iter().filter(|(tag, _)| !tags.contains(&ImageName::new(tag)));
        for (tag, span) in missing {
            let message = format!("no published variant has the tag `{tag}`");
            let found = Diagnostic::error(Code::MissingTag, *span, message);
            findings
                .add(found.help("add it to the `tags` of the variant that must have it, or remove it here"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(target: &str, expect: &[&str]) {
        let text = format!(
            "axes: {{a: [x, y]}}\nstages: {{s: {{from: \"${{{{ a }}}}\"}}}}\ntargets: {{s: {{{target}}}}}\n"
        );
        testing::check(Code::MissingTag, &text, expect);
    }

    #[test]
    fn a_tag_that_nobody_has() {
        let latest = "expect-tags: \"r:latest\"";
        check(
            &format!("tags: [\"r:${{{{ a }}}}\"], {latest}"),
            &["3: no published variant has the tag `r:latest`"],
        );
        let tags = "tags: [\"r:${{ a }}\", {if: a is default, then: \"r:latest\"}]";
        check(&format!("{tags}, {latest}"), &[]);
        // Both names mean the same tag.
        check(&format!("{}, {latest}", tags.replace("r:latest", "docker.io/library/r")), &[]);
        check(
            &format!("{tags}, {latest}, publish: false"),
            &["3: no published variant has the tag `r:latest`"],
        );
        check(
            &format!("{tags}, {latest}, publish: a == \"y\""),
            &["3: no published variant has the tag `r:latest`"],
        );
    }

    #[test]
    fn a_tag_for_each_variant() {
        let tags = "tags: [\"r:${{ a }}\"]";
        check(&format!("{tags}, expect-tags: \"r:${{{{ a }}}}\""), &[]);
        check(
            &format!("{tags}, expect-tags: [\"r:${{{{ a }}}}-${{{{ a }}}}\"], publish: a == \"x\""),
            &["3: no published variant has the tag `r:x-x`"],
        );
    }
}
