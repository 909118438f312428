//! Finds the tag `latest` on a variant for which there is a newer release.
//!
//! It is so if another published variant of the target differs in one axis alone, whose values are versions, and has a newer one there. An
//! axis with other values, such as `3.14-slim`, has no order.
//! Often somebody added the value and forgot the tag. `default: newest` with `is default` moves the tag with the values.
//!
//! ```yaml
//! axes: {python: ["3.13", "3.14"]}
//! stages: {app: {from: "python:${{ python }}"}}
//! targets:
//!   app:
//!     tags: ["acme/app:${{ python }}", {if: python == "3.13", then: acme/app:latest}]      # bad
//!     tags: ["acme/app:${{ python }}", {if: python == "3.14", then: acme/app:latest}]      # good
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::base::version;
use crate::lint::facts::{MatrixFacts, Published};
use crate::lint::findings::Findings;

const LATEST: &str = "latest";

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let published = || facts.published.iter().filter(|published| published.publish);
    // The variants that have each tag `latest`. Of several, `duplicate-tag` reports the tag.
    let mut carriers: BTreeMap<&str, Vec<(&Published, Span)>> = BTreeMap::new();
    for variant in published() {
        for (tag, span) in variant.tags.iter().filter(|(tag, _)| is_latest(tag)) {
            carriers.entry(tag).or_default().push((variant, *span));
        }
    }
    carriers.retain(|_, variants| variants.len() == 1);
    if carriers.is_empty() {
        return;
    }
    for (index, axis) in facts.family.axes.iter().enumerate() {
        // The values of the axis in variants of a target that differ in nothing else.
        let mut values: BTreeMap<(usize, Vec<usize>), BTreeSet<usize>> = BTreeMap::new();
        for variant in published() {
            let (own, others) = split(facts, variant, index);
            values.entry((variant.cell.root, others)).or_default().insert(own);
        }
        for (tag, variants) in &carriers {
            for (carrier, span) in variants {
                let (own, others) = split(facts, carrier, index);
                let Some(all) = values.get(&(carrier.cell.root, others)) else { continue };
                let name = |value: usize| axis.values[value].name.as_str();
                let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
                // Values that are not versions have no order.
                let Ok(Some(newest)) = version::newest(names.iter().copied()) else { continue };
                if names[newest] != name(own) {
                    let (axis, own, newest) = (&axis.name, name(own), names[newest]);
                    let message = format!("`{tag}` is on `{axis}={own}`, and there is `{newest}`");
                    let found = Diagnostic::warning(Code::StaleLatest, *span, message);
                    findings.add(found.help(format!(
                        "move the tag, or write `default: newest` for the axis and `{axis} is default` for the tag"
                    )));
                }
            }
        }
    }
}

/// Whether a tag is `latest`, which is also the tag of a name without one.
fn is_latest(tag: &str) -> bool {
    ImageName::new(tag).reference().is_ok_and(|reference| reference.tag().unwrap_or(LATEST) == LATEST)
}

/// The value of an axis in a variant, and those of the other axes that its target reads.
fn split(facts: &MatrixFacts<'_>, variant: &Published, index: usize) -> (usize, Vec<usize>) {
    let root = &facts.matrix.roots[variant.cell.root];
    let values = &root.combinations[variant.cell.combination].values;
    let others = root.reads.axes.iter().filter(|axis| **axis != index).map(|axis| values[*axis]);
    (values[index], others.collect())
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Code;
    use crate::lint::testing;

    fn check(axes: &str, condition: &str, expect: &[&str]) {
        let text = format!(
            "axes: {{{axes}}}\nstages: {{s: {{from: \"${{{{ a }}}}${{{{ b }}}}\"}}}}\ntargets: {{s: {{tags: [\"r:${{{{ a }}}}-${{{{ b }}}}\", {{if: {condition}, then: \"r:latest\"}}]}}}}\n"
        );
        testing::check(Code::StaleLatest, &text, expect);
    }

    #[test]
    fn a_newer_release() {
        let axes = "a: [\"3.9\", \"3.14\", \"3.15-rc\"], b: [x, y]";
        let found = "3: `r:latest` is on `a=3.9`, and there is `3.14`";
        check(axes, "a == \"3.9\" and b == \"x\"", &[found]);
        check(axes, "a == \"3.14\" and b == \"y\"", &[]);
        let axes = "a: {default: newest, values: [\"3.9\", \"3.14\", \"3.15-rc\"]}, b: [x, y]";
        check(axes, "a is default and b is default", &[]);
    }

    #[test]
    fn values_without_an_order() {
        check("a: [bookworm, trixie], b: [x]", "a == \"bookworm\"", &[]);
    }
}
