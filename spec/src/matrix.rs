//! The matrix of a family: the list of all variants that can be built.
//!
//! The variants of a target are the supported combinations of all axes, projected onto the axes that its stages, conditions and
//! tags read. An axis that a target does not read does not multiply its variants. The matrix contains the variants of all targets.
//! If a family has no targets, its default stage and the stages that no other stage uses take their place.

mod builds;
mod candidates;
mod combinations;
mod combine;
mod describe;
mod fixed;
mod instances;
mod member;
mod none_left;
mod plans;
mod query;
mod reach;
mod root;
mod support;
pub(crate) mod target_list;
#[cfg(test)]
mod reach_tests;
#[cfg(test)]
mod tests;
mod uses;
mod variant_needs;
mod walk;

use std::collections::BTreeSet;

use crate::base::diagnostic::Diagnostic;
use crate::base::sorted::set_of;
use crate::family::Family;
use crate::family::template::Template;
use crate::variant::budget::too_much;
use crate::variant::select::{bad_arg, unknown_value};

pub(crate) use crate::variant::names::AxisUse;
pub(crate) use candidates::platforms;
pub(crate) use combinations::Combinations;
pub use combinations::MAX_COMBINATIONS;
pub(crate) use describe::{Cells, describe};
pub(crate) use member::Details;
pub use member::Member;
pub use plans::MAX_PLANS;
pub(crate) use plans::{Cell, Depth, PlansLeft, each as each_plan, projection, reads_at};
pub use query::{MatrixQuery, OnUnknownVcs};
pub(crate) use query::{MatrixRequest, Operands, PLACEHOLDERS, UNKNOWN_TEXT, UNKNOWN_TEXTS};
use reach::Reaches;
pub(crate) use reach::axes_read;
pub(crate) use root::{Combination, Root, RootKind};
pub(crate) use support::reads as rule_reads;
pub(crate) use uses::{Item, UseGraph};

/// The variants of a family.
pub struct Matrix<'f> {
    pub(crate) request: MatrixRequest<'f>,
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
    /// A target or a value in the query that does not exist, or the reason why no variant is left.
    pub fn matrix<'f>(&'f self, query: &'f MatrixQuery) -> Result<Matrix<'f>, Vec<Diagnostic>> {
        let matrix = Matrix::new(MatrixRequest { family: self, query }, Roots::Published)?;
        let none_left = matrix.none_left();
        if none_left.is_empty() { Ok(matrix) } else { Err(none_left) }
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
    pub(crate) fn new(request: MatrixRequest<'f>, which: Roots) -> Result<Self, Vec<Diagnostic>> {
        let wrong = wrong_args(request);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let uses = UseGraph::new(request);
        let mut reaches = Reaches::new(request, &uses);
        let (mut found, mut reached) = (Vec::new(), BTreeSet::<usize>::new());
        let mut roots: Vec<Root<'f>> = Vec::new();
        for kind in kinds(request, &uses).map_err(|error| vec![error])? {
            let root = Root::new(request, &uses, &mut reaches, kind, &mut found);
            reached.extend(&root.stages);
            roots.push(root);
        }
        if which == Roots::All && request.query.target.is_none() {
            for index in (0..request.family.stages.len()).rev().filter(|index| !reached.contains(index)) {
                roots.push(Root::new(request, &uses, &mut reaches, (index, RootKind::Unreached), &mut found));
            }
        }
        drop(reaches);
        // Without the rest of the budget, the search for what the roots read ends early.
        if request.query.budget.is_exhausted() && !found.iter().any(Diagnostic::is_error) {
            return Err(vec![too_much(request.family.build_span)]);
        }
        Ok(Self { request, uses, roots, found })
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

    /// The mistakes because of which the list of variants may be wrong.
    fn errors(&self) -> Vec<Diagnostic> {
        self.found.iter().filter(|found| found.is_error()).cloned().collect()
    }

    /// The names that the roots read. The names that vars use are included.
    pub(crate) fn names_read(&self) -> BTreeSet<&'f str> {
        let stages = self.roots.iter().flat_map(|root| &root.stages);
        let stages = stages.flat_map(|stage| &self.uses.stages[*stage]);
        let targets = self.request.family.targets.iter().zip(&self.uses.targets).filter(|(target, _)| {
            self.roots.iter().any(|root| root.kind == RootKind::Target && root.name == target.name)
        });
        let items = stages.chain(targets.flat_map(|(_, items)| items));
        self.uses.names.closure(items.flat_map(|item| item.uses.names.iter().copied()))
    }

    pub(crate) fn published(&self) -> impl Iterator<Item = &Root<'f>> {
        self.roots.iter().filter(|root| root.kind != RootKind::Unreached)
    }
}

/// Returns the variants if there are no mistakes. A mistake of many variants is reported once.
fn unless_mistakes(members: Vec<Member>, mut found: Vec<Diagnostic>) -> Result<Vec<Member>, Vec<Diagnostic>> {
    Diagnostic::sort(&mut found);
    if found.is_empty() { Ok(members) } else { Err(found) }
}

/// Errors for values in the query that an axis or an arg does not take.
fn wrong_args(request: MatrixRequest<'_>) -> Vec<Diagnostic> {
    let args = &request.query.args;
    let axes = request.family.axes.iter().filter_map(|axis| {
        let value = args.get(&axis.name)?;
        (!axis.value_names().any(|name| name == value)).then(|| unknown_value(axis, value))
    });
    let wrong = request.family.args.iter().filter_map(|arg| {
        let text = args.get(&arg.name)?;
        arg.value(text).err().map(|expected| bad_arg(arg, text, expected))
    });
    axes.chain(wrong).collect()
}

/// The published roots of the matrix with their indices: targets, or stages if there are no targets.
fn kinds<'f>(request: MatrixRequest<'f>, uses: &UseGraph<'f>) -> Result<Vec<(usize, RootKind)>, Diagnostic> {
    let family = request.family;
    if let Some(name) = &request.query.target {
        let wanted = family.target(Some(name))?;
        let kinds = [(&family.targets, RootKind::Target), (&family.stages, RootKind::Stage)];
        let found = kinds
            .into_iter()
            .find_map(|(all, kind)| Some((all.iter().position(|named| std::ptr::eq(named, wanted))?, kind)));
        return Ok(Vec::from_iter(found));
    }
    if !family.targets.is_empty() {
        return Ok((0..family.targets.len()).map(|index| (index, RootKind::Target)).collect());
    }
    let used: BTreeSet<usize> =
        set_of(uses.stages.iter().flatten().flat_map(|item| item.uses.stages.iter().copied()));
    let default = family.default.as_ref().map(|(name, _)| name.as_str());
    let last = family.stages.len().saturating_sub(1);
    let roots = family.stages.iter().enumerate().filter(|(index, stage)| {
        default.map_or(*index == last, |default| default == stage.name.as_ref())
            || !used.contains(index) && !stage.needs_arguments()
    });
    Ok(roots.map(|(index, _)| (index, RootKind::Stage)).collect())
}

/// The fields of a target or stage, which can have a guard.
pub(crate) fn fields(template: &Template) -> &[crate::family::template::Field] {
    match template {
        Template::Map(_, _, fields) => fields,
        Template::If { then, .. } => fields(then),
        _ => &[],
    }
}
