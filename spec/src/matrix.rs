//! The matrix of a family: the list of all variants that can be built.
//!
//! The variants of a target are the supported combinations of all axes, projected onto the axes that its stages, conditions and
//! tags read. An axis that a target does not read does not multiply its variants. The matrix contains the variants of all targets.
//! If a family has no targets, its default stage and the stages that no other stage uses take their place.

mod builds;
mod combinations;
mod describe;
mod member;
mod names;
mod plans;
mod question;
mod root;
mod support;
pub(crate) mod target_list;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::did_you_mean;
use crate::family::Family;
use crate::family::template::Template;

pub(crate) use combinations::Combinations;
pub use combinations::MAX_COMBINATIONS;
pub(crate) use describe::{Cells, describe};
pub(crate) use member::Details;
pub use member::Member;
pub(crate) use names::AxisUse;
pub use plans::MAX_PLANS;
pub(crate) use plans::{Cell, Depth, each as each_plan, projection, reads_at};
pub use question::MatrixQuery;
pub(crate) use question::{MatrixRequest, PLACEHOLDERS, UNKNOWN_TEXT, UNKNOWN_TEXTS};
pub(crate) use root::{Combination, Root, RootKind};
pub(crate) use support::reads as rule_reads;
pub(crate) use uses::{Item, UseGraph, platforms};

/// The variants of a family.
pub struct Matrix<'f> {
    pub(crate) asked: MatrixRequest<'f>,
    pub(crate) uses: UseGraph<'f>,
    pub(crate) roots: Vec<Root<'f>>,
    /// Mistakes in conditions and in the platforms of targets.
    pub(crate) found: Vec<Diagnostic>,
}

impl Family {
    /// Makes the matrix for a query. It evaluates only the conditions and the platforms of targets, which decide which variants
    /// exist.
    ///
    /// # Errors
    /// A target or a value of an axis in the query that does not exist.
    pub fn matrix<'f>(&'f self, question: &'f MatrixQuery) -> Result<Matrix<'f>, Vec<Diagnostic>> {
        Matrix::new(MatrixRequest { family: self, question }, Roots::Published)
    }
}

/// Which roots a matrix has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roots {
    /// All targets. If there are none, the default stage and the stages that no other stage uses.
    Published,
    /// These, and the stages that none of them reaches.
    All,
}

impl<'f> Matrix<'f> {
    pub(crate) fn new(asked: MatrixRequest<'f>, which: Roots) -> Result<Self, Vec<Diagnostic>> {
        let wrong = wrong_args(asked);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let uses = UseGraph::new(asked);
        let kinds = kinds(asked, &uses, which).map_err(|error| vec![error])?;
        let mut found = Vec::new();
        let roots = kinds.into_iter().map(|kind| Root::new(asked, &uses, kind, &mut found));
        let roots = roots.collect();
        Ok(Self { asked, uses, roots, found })
    }

    /// The number of variants.
    pub fn len(&self) -> usize {
        self.published().map(|root| root.combinations.len()).sum()
    }

    /// Whether there are no variants.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The targets with too many combinations to check all of them, each with the number of its combinations.
    pub fn samples(&self) -> impl Iterator<Item = (&str, u128)> {
        self.roots.iter().filter_map(|root| Some((root.name.as_ref(), root.sample_of?)))
    }

    /// The variants. They are in the order of the file, target by target.
    ///
    /// # Errors
    /// All mistakes in conditions, in the platforms of targets and in tags.
    pub fn members(&self) -> Result<Vec<Member>, Vec<Diagnostic>> {
        let mut found = self.found.clone();
        let combinations = self
            .published()
            .flat_map(|root| root.combinations.iter().map(move |combination| (root, combination)));
        let members = combinations.map(|(root, combination)| self.member(root, combination, &mut found));
        let members = members.collect();
        all_or_wrong(members, found)
    }

    fn member(&self, root: &Root<'_>, combination: &Combination, found: &mut Vec<Diagnostic>) -> Member {
        let details = Details::of(self.asked, root, combination);
        let member = Member::of(self.asked, root, combination, &details);
        found.extend(details.found);
        member
    }

    /// The names that the roots read. The names that vars use are included.
    pub(crate) fn names_read(&self) -> BTreeSet<&'f str> {
        let items =
            self.roots.iter().flat_map(|root| &root.stages).flat_map(|stage| &self.uses.stages[*stage]);
        let targets = self.asked.family.targets.iter().zip(&self.uses.targets).filter(|(target, _)| {
            self.roots.iter().any(|root| root.kind == RootKind::Target && root.name == target.name)
        });
        let uses = items.map(|item| &item.uses).chain(targets.map(|(_, target)| &target.uses));
        self.uses.names.closure(uses.flat_map(|uses| uses.names.iter().copied()))
    }

    pub(crate) fn published(&self) -> impl Iterator<Item = &Root<'f>> {
        self.roots.iter().filter(|root| root.kind != RootKind::Unreached)
    }
}

/// Returns the variants if there are no mistakes. A mistake of many variants is reported once.
fn all_or_wrong(members: Vec<Member>, mut found: Vec<Diagnostic>) -> Result<Vec<Member>, Vec<Diagnostic>> {
    found.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    found.dedup();
    if found.is_empty() { Ok(members) } else { Err(found) }
}

/// Errors for values in the query that an axis does not have.
fn wrong_args(asked: MatrixRequest<'_>) -> Vec<Diagnostic> {
    let axes = asked.family.axes.iter();
    axes.filter_map(|axis| {
        let value = asked.question.args.get(&axis.name)?;
        if axis.value_names().any(|name| name == value) {
            return None;
        }
        let message = format!("`{}` has no value `{value}`", axis.name);
        let error = Diagnostic::error(Code::UnknownAxisValue, axis.span, message);
        Some(error.help_if(did_you_mean(value, axis.value_names())))
    })
    .collect()
}

/// The roots of the matrix with their indices: targets, or stages if there are no targets.
fn kinds<'f>(
    asked: MatrixRequest<'f>,
    uses: &UseGraph<'f>,
    which: Roots,
) -> Result<Vec<(usize, RootKind)>, Diagnostic> {
    let family = asked.family;
    if let Some(name) = &asked.question.target {
        let named = |named: &crate::family::NamedTemplate| named.name.eq_ignore_ascii_case(name);
        if let Some(index) = family.targets.iter().position(named) {
            return Ok(vec![(index, RootKind::Target)]);
        }
        return match family.stages.iter().position(named) {
            Some(index) => Ok(vec![(index, RootKind::Stage)]),
            None => {
                let message = format!("there is no target or stage `{name}`");
                let known = family.targets().chain(family.stages());
                Err(Diagnostic::error(Code::UnknownStage, family.build_span, message)
                    .help_if(did_you_mean(name, known)))
            }
        };
    }
    let mut kinds: Vec<(usize, RootKind)> =
        (0..family.targets.len()).map(|index| (index, RootKind::Target)).collect();
    let mut reached = uses.reached(uses.targets.iter().flat_map(|target| target.uses.stages.iter().copied()));
    if kinds.is_empty() {
        let used: BTreeSet<usize> =
            uses.stages.iter().flatten().flat_map(|item| item.uses.stages.iter().copied()).collect();
        let default = family.default.as_ref().map(|(name, _)| name.as_str());
        for index in 0..family.stages.len() {
            let name = family.stages[index].name.as_ref();
            let last = index + 1 == family.stages.len();
            if default.map_or(last, |default| default == name) || !used.contains(&index) {
                reached.extend(uses.reached([index]));
                kinds.push((index, RootKind::Stage));
            }
        }
    }
    if which == Roots::All {
        for index in (0..family.stages.len()).rev().filter(|index| !reached.contains(index)) {
            kinds.push((index, RootKind::Unreached));
        }
    }
    Ok(kinds)
}

/// The fields of a target or stage, which can have a guard.
pub(crate) fn fields(template: &Template) -> &[crate::family::template::Field] {
    match template {
        Template::Map(_, _, fields) => fields,
        Template::If { then, .. } => fields(then),
        _ => &[],
    }
}
