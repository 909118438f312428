//! Finds names that several published variants have although each variant needs its own: tags, and places for files.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{MatrixFacts, Placed, Published};
use super::findings::Findings;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::expr::builtins::facts;
use crate::matrix::Cell;

/// The words for a name that only one published variant may have.
pub(super) struct Duplicate {
    pub(super) code: Code,
    /// What the variants have in common: `have the tag`.
    pub(super) have: &'static str,
    /// The name at another place: `the same tag`.
    pub(super) same: &'static str,
    /// The part of the file with the name: `the tag`.
    pub(super) place: &'static str,
}

/// Reports each name that several published variants have. `names` returns those of a build, each with its place.
pub(super) fn report(
    facts: &MatrixFacts<'_>,
    words: &Duplicate,
    names: &dyn Fn(&Published) -> &[Placed],
    findings: &mut Findings,
) {
    let mut carriers: BTreeMap<&str, Vec<(&Published, Span)>> = BTreeMap::new();
    for published in facts.published.iter().filter(|published| published.publish) {
        let mut own = BTreeSet::new();
        // Two names with facts can differ although they look the same.
        for (name, span) in names(published).iter().filter(|(name, _)| !facts::is_open(name)) {
            if own.insert(name.as_ref()) {
                carriers.entry(name).or_default().push((published, *span));
            }
        }
    }
    for (name, carriers) in carriers.iter().filter(|(_, carriers)| carriers.len() > 1) {
        let (first, last) = (carriers[0], carriers[1]);
        let help = help(facts, words.place, first.0, last.0);
        // The places of the name, each with the variants that have it from there. The first variant names the first place.
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
            let message = format!("several variants {} `{name}`", words.have);
            let mut found = Diagnostic::error(words.code, span, message).help(help.clone());
            // One of the first two is another place.
            if let Some(other) = spans.iter().take(2).find(|other| **other != span) {
                found = found.related(*other, words.same);
            }
            let cells = published.into_iter().flat_map(|published| {
                let platforms = published.platforms.iter();
                platforms.map(|platform| Cell { platform: *platform, ..published.cell })
            });
            findings.at_all(cells, found);
        }
    }
}

/// Suggests what would make the names of two variants different.
fn help(facts: &MatrixFacts<'_>, place: &str, a: &Published, b: &Published) -> String {
    let roots = &facts.matrix.roots;
    let (root, other) = (&roots[a.cell.root], &roots[b.cell.root]);
    if root.name != other.name {
        return format!(
            "`{}` and `{}` both have it: put the name of the target into {place}",
            root.name, other.name
        );
    }
    let values = |published: &Published| &root.combinations[published.cell.combination].values;
    let differ = root.reads.axes.iter().find(|axis| values(a)[**axis] != values(b)[**axis]);
    match differ {
        Some(axis) => {
            let axis = &facts.family.axes[*axis].name;
            format!("add `${{{{ {axis} }}}}` to {place}, or use `publish` to select the variant to publish")
        }
        None if a.cell.combination == b.cell.combination => {
            format!(
                "each platform is a build of its own, since the target depends on it: add `${{{{ platform.arch }}}}` to {place}"
            )
        }
        None => "use `publish` to select the variant to publish".to_owned(),
    }
}
