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

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::template::{Part, Template, Text};
use crate::lint::facts::MatrixFacts;
use crate::lint::findings::Findings;
use crate::matrix::{RootKind, fields};

pub(in crate::lint) fn check(facts: &MatrixFacts<'_>, findings: &mut Findings) {
    let mut evaluated: BTreeSet<Span> = BTreeSet::new();
    let mut carried: BTreeSet<Span> = BTreeSet::new();
    for published in &facts.published {
        let spans = published.tags.iter().map(|(_, span)| *span);
        evaluated.extend(spans.clone());
        carried.extend(spans.filter(|_| published.publish));
    }
    // If a target has mistakes, some of its tags are unknown, so none of them is reported.
    let failed: BTreeSet<usize> = facts
        .published
        .iter()
        .filter(|published| published.failed)
        .map(|published| published.cell.root)
        .collect();
    for (number, root) in facts.matrix.roots.iter().enumerate() {
        let whole = !root.combinations.is_empty() && root.sample_of.is_none() && !failed.contains(&number);
        if root.kind != RootKind::Target || !whole {
            continue;
        }
        let tags = fields(&root.named.template).iter().filter(|field| field.key.as_ref() == "tags");
        let mut texts = Vec::new();
        tags.for_each(|field| leaves(&field.value, &mut texts));
        for text in texts.into_iter().filter(|text| !carried.contains(&text.span)) {
            let who = if evaluated.contains(&text.span) { "published variant" } else { "variant" };
            let message = format!("no {who} has the tag `{}`", written(text));
            let found = Diagnostic::error(Code::UnusedTag, text.span, message);
            findings.add(found.help("its condition is false for every variant that `varve matrix` lists"));
        }
    }
}

fn leaves<'t>(template: &'t Template, texts: &mut Vec<&'t Text>) {
    match template {
        Template::Text(text) => texts.push(text),
        Template::List(_, items) => items.iter().for_each(|item| leaves(item, texts)),
        Template::Map(..) => {}
        Template::If { then, otherwise, .. } => {
            leaves(then, texts);
            otherwise.iter().for_each(|otherwise| leaves(otherwise, texts));
        }
        Template::Match { cases, otherwise, .. } => {
            cases.iter().for_each(|(_, case)| leaves(case, texts));
            otherwise.iter().for_each(|otherwise| leaves(otherwise, texts));
        }
        Template::For { body, .. } => leaves(body, texts),
    }
}

/// The text of a tag, with `...` in place of its expressions.
fn written(text: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Literal(text) => text.to_string(),
        Part::Expr(_) | Part::File(_) => "...".to_owned(),
    };
    text.parts.iter().map(part).collect()
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
}
