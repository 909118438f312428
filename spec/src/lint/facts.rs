//! Facts about a family that several rules use.

use std::collections::BTreeSet;
use std::sync::Arc;

use buildkit_names::absolute_path;

use super::findings::Findings;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::family::Family;
use crate::matrix::{Cell, Details, Matrix, RootKind, UseGraph};
use crate::variant::concrete::ConcreteValue;
use crate::variant::delivery::Output;

/// A family, its matrix, and the facts that are computed once for all rules.
pub(super) struct MatrixFacts<'f> {
    pub(super) family: &'f Family,
    pub(super) matrix: &'f Matrix<'f>,
    /// The tags of each build.
    pub(super) published: Vec<Published>,
    /// The fragments that stages use, by index. `mixins` has the mixins.
    pub(super) fragments: BTreeSet<usize>,
    pub(super) mixins: BTreeSet<usize>,
    /// The names that stages and targets read, directly or through fragments, mixins and vars.
    pub(super) read: BTreeSet<&'f str>,
}

/// A text of a build, such as a tag, with its place in the file.
pub(super) type Placed = (Arc<str>, Span);

/// A build of a variant of a target, with its tags.
pub(super) struct Published {
    pub(super) cell: Cell,
    /// Its platforms, by index.
    pub(super) platforms: Box<[usize]>,
    pub(super) publish: bool,
    /// Whether the target has a mistake, so that tags may be missing.
    pub(super) failed: bool,
    /// The tags, each with its place in the file.
    pub(super) tags: Vec<Placed>,
    /// The tags that a published variant has to have.
    pub(super) expected: Vec<Placed>,
    /// The folder or archive of the files, with its place in the file. Empty for an image.
    pub(super) output: Vec<Placed>,
}

/// The folder or archive that a build writes, with its place in the file. Its path is normalised, unless it leads upwards. `None` for
/// an image.
fn output(details: &Details) -> Option<Placed> {
    let Output::Files { dest, .. } = &details.delivery.output else { return None };
    let place = details.data.as_ref()?.get("output")?.get("dest")?.span;
    if dest.split('/').any(|part| part == "..") {
        return Some((Arc::from(dest.as_str()), place));
    }
    let path = absolute_path(dest);
    let is_absolute = dest.starts_with('/');
    Some((Arc::from(if is_absolute { &path } else { path.trim_start_matches('/') }), place))
}

impl<'f> MatrixFacts<'f> {
    /// Expands the targets of all variants. Their mistakes are added to `findings`.
    pub(super) fn new(matrix: &'f Matrix<'f>, findings: &mut Findings) -> Self {
        let family = matrix.request.family;
        let uses: &UseGraph<'f> = &matrix.uses;
        let mut published = Vec::new();
        for (root, of) in matrix.roots.iter().enumerate().filter(|(_, root)| root.kind == RootKind::Target) {
            for (index, combination) in of.combinations.iter().enumerate() {
                for build in matrix.builds_of(of, combination) {
                    let platforms = build.combination.platforms;
                    let platform = platforms.first().copied().unwrap_or_default();
                    let cell = Cell { root, combination: index, platform };
                    let details = build.details;
                    for found in &details.found {
                        for platform in &platforms {
                            findings.at(Cell { platform: *platform, ..cell }, found.clone());
                        }
                    }
                    let tag = |data: &ConcreteValue| Some((Arc::from(data.as_text()?), data.span));
                    let tags = details.tags().iter().filter_map(tag).collect();
                    let expected = details.expected_tags().iter().filter_map(tag).collect();
                    let failed = !details.found.is_empty();
                    let publish = details.publish();
                    let output = output(&details).into_iter().collect();
                    published.push(Published { cell, platforms, publish, failed, tags, expected, output });
                }
            }
        }
        let items = || uses.stages.iter().flatten().chain(&uses.provenance);
        let fragments = set_of(items().flat_map(|item| item.uses.fragments.iter().copied()));
        let mixins = set_of(items().flat_map(|item| item.uses.mixins.iter().copied()));
        let names = items().flat_map(|item| item.uses.names.iter().copied());
        let targets = uses.targets.iter().flatten().flat_map(|item| item.uses.names.iter().copied());
        let names = names.chain(targets);
        let read = uses.names.closure(names);
        Self { family, matrix, published, fragments, mixins, read }
    }

    /// Whether the query selects the whole family.
    pub(super) fn is_whole(&self) -> bool {
        self.matrix.request.is_whole()
    }

    /// The names that rules of `support` read, directly or through vars.
    pub(super) fn ruled(&self) -> BTreeSet<&'f str> {
        let expressions = self.family.support.iter().flat_map(|rule| rule.expressions());
        self.matrix.uses.names.closure(expressions.flat_map(|expr| expr.names()))
    }
}
