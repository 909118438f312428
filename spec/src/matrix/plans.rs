//! Plans enough variants that every step is planned for every combination of the axes that it reads. A diagnostic for one variant
//! is also one for all variants that have the same values of these axes.

use std::collections::BTreeSet;

use super::reach::ItemReads;
use super::{AxisUse, Combination, Matrix, MatrixRequest, PLACEHOLDERS, Root, RootKind};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::plan::Plan;
use crate::schema::keys;
use crate::schema::shapes::Shape;
use crate::variant::expand::expand;
use crate::variant::select::Variant;

/// The largest number of plans, counted for each variant and platform. If more are needed, those that are made are evenly
/// distributed.
pub const MAX_PLANS: usize = 12_000;

/// What all plans of a query may take together, in units of the budget of expansion.
const MAX_PLANNED: usize = 2_500_000;

/// What a query may still plan.
#[derive(Debug)]
pub(crate) struct PlansLeft {
    plans: usize,
    units: usize,
}

impl Default for PlansLeft {
    fn default() -> Self {
        Self { plans: MAX_PLANS, units: MAX_PLANNED }
    }
}

impl PlansLeft {
    /// The number of plans that were made.
    pub(crate) fn made(&self) -> usize {
        MAX_PLANS - self.plans
    }

    /// Whether no more plans can be made.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.plans == 0 || self.units == 0
    }

    /// Counts a plan. Returns `false` if there is none left.
    fn take(&mut self) -> bool {
        let is_left = !self.is_exhausted();
        self.plans -= usize::from(is_left);
        is_left
    }

    /// Counts what a plan took: the units of its expansion, and those of its diagnostics.
    fn charge(&mut self, expanded: usize, found: usize) {
        /// What a diagnostic costs, compared with a string of the build file.
        const DIAGNOSTIC: usize = 16;
        self.units = self.units.saturating_sub(expanded + found * DIAGNOSTIC);
    }
}

/// A variant for one platform, by the indices of root, combination and platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) root: usize,
    pub(crate) combination: usize,
    pub(crate) platform: usize,
}

/// Which variants are planned separately.
#[derive(Clone, Copy)]
pub(crate) struct Depth<'a> {
    /// The places of the parts that are planned for every combination of what they read. All other parts are planned with them.
    pub(crate) wanted: &'a dyn Fn(Span) -> bool,

    /// Whether each variant is planned for each of its platforms, even if nothing reads the platform.
    pub(crate) every_platform: bool,
    /// Whether each variant is planned, even if its steps were planned in others.
    pub(crate) every_variant: bool,
    /// Two texts for args without a value. A mistake that occurs with only one of them is not reported, since it depends on the
    /// value.
    pub(crate) unknown: [&'static str; 2],
}

impl Default for Depth<'_> {
    fn default() -> Self {
        Self { wanted: &|_| true, every_platform: false, every_variant: false, unknown: PLACEHOLDERS }
    }
}

/// Plans variants of a root until every step has been planned for every combination of the axes that it reads. `visit` returns
/// how many diagnostics it adds to those of the plan. The plans are counted down in `left`. Returns `false` if nothing was left before
/// the end.
pub(crate) fn each(
    matrix: &Matrix<'_>,
    number: usize,
    depth: Depth<'_>,
    left: &mut PlansLeft,
    visit: &mut dyn FnMut(Cell, Result<Plan, Vec<Diagnostic>>) -> usize,
) -> bool {
    let root = &matrix.roots[number];
    // Nothing says with which arguments.
    if root.kind == RootKind::Unreached && root.named.needs_arguments() {
        return true;
    }
    let cells = cells(number, root);
    let mut covered = Covered::new(matrix, root, depth);
    for cell in spread(&cells) {
        if covered.sets.is_empty() {
            return true;
        }
        if !covered.is_new(root, cell) {
            continue;
        }
        if !left.take() {
            return false;
        }
        let combination = &root.combinations[cell.combination];
        let planned = plan(matrix.request, root, combination, cell.platform, depth.unknown, left);
        if planned.is_ok() {
            covered.add(root, cell);
        } else if root.kind == RootKind::Unreached && is_excluded(&planned) {
            continue;
        }
        let added = visit(cell, planned);
        left.charge(0, added);
    }
    true
}

/// Whether a variant does not exist, since a stage that it needs does not. Nobody asks for such a variant of a stage that no target
/// reaches.
fn is_excluded(planned: &Result<Plan, Vec<Diagnostic>>) -> bool {
    let excludes = |found: &Diagnostic| found.code == Code::ExcludedStage;
    planned.as_ref().is_err_and(|found| found.iter().any(excludes))
}

/// Plans a variant, which is counted down in `left`. `None` if nothing was left.
///
/// # Errors
/// The mistakes in the variant, without those that exist only because an arg has no value.
pub(super) fn one<'f>(
    request: MatrixRequest<'f>,
    root: &Root<'f>,
    combination: &Combination,
    platform: usize,
    left: &mut PlansLeft,
) -> Option<Result<Plan, Vec<Diagnostic>>> {
    left.take().then(|| plan(request, root, combination, platform, PLACEHOLDERS, left))
}

/// Plans a variant. A mistake that exists only because an arg has no value is not reported.
fn plan<'f>(
    request: MatrixRequest<'f>,
    root: &Root<'f>,
    combination: &Combination,
    platform: usize,
    unknown: [&str; 2],
    left: &mut PlansLeft,
) -> Result<Plan, Vec<Diagnostic>> {
    let platform = &root.platforms[platform];
    let mut with = |placeholder: &str| -> Result<Plan, Vec<Diagnostic>> {
        let scope = request.scope_with(&combination.values, platform, &root.name, placeholder);
        // Mistakes in the target itself are reported when its tags are expanded.
        let published = (root.kind == RootKind::Target)
            .then(|| expand(&root.named.template, Shape::Table(&keys::TARGET), &scope, &mut Vec::new()));
        let variant = Variant {
            family: request.family,
            scope,
            target: root.name.clone(),
            stage: combination.stage.to_string(),
            published: published.flatten(),
            vcs: &request.query.vcs,
            bases: &None,
            platform: platform.clone(),
            axes: Vec::new(),
            moved: Vec::new(),
            replaced: BTreeSet::new(),
            warnings: Vec::new(),
        };
        let planned = variant.plan();
        // The planner has a table of all stages.
        let table = request.family.stages.len() / 8;
        left.charge(
            variant.scope.budget().taken_by_plan() + table,
            planned.as_ref().err().map_or(0, Vec::len),
        );
        let mut plan = planned?;
        request.query.lock.pin(&mut plan);
        Ok(plan)
    };
    let mut result = with(unknown[0]);
    if let (Err(found), true) = (&mut result, request.has_unknown_texts()) {
        match with(unknown[1]) {
            Ok(plan) => return Ok(plan),
            Err(also) => {
                let place = |found: &Diagnostic| (found.span, found.code);
                found.retain(|found| also.iter().any(|also| place(also) == place(found)));
            }
        }
    }
    result
}

/// The values of the axes and the platform that something reads, in one variant.
pub(crate) fn projection(
    root: &Root<'_>,
    reads: &AxisUse,
    combination: usize,
    platform: usize,
) -> Vec<usize> {
    values_read(&root.combinations[combination], reads, platform)
}

/// The values of the axes and the platform that something reads, in one combination.
pub(super) fn values_read(combination: &Combination, reads: &AxisUse, platform: usize) -> Vec<usize> {
    let values = &combination.values;
    reads.axes.iter().map(|axis| values[*axis]).chain(reads.platform.then_some(platform)).collect()
}

fn cells(number: usize, root: &Root<'_>) -> Vec<Cell> {
    let cells = root.combinations.iter().enumerate().flat_map(|(combination, of)| {
        of.platforms.iter().map(move |platform| Cell { root: number, combination, platform: *platform })
    });
    cells.collect()
}

/// The cells in an order in which those at the start are evenly distributed over all cells.
fn spread(cells: &[Cell]) -> impl Iterator<Item = Cell> {
    let count = cells.len();
    // The step is near the golden ratio and has no factor in common with the number of cells.
    let mut step = (count as u64 * 618 / 1000) as usize;
    while step > 1 && gcd(step, count) > 1 {
        step -= 1;
    }
    (0..count).map(move |number| cells[(number as u64 * step.max(1) as u64 % count as u64) as usize])
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// For each part that is evaluated on its own, the combinations for which it has been planned.
struct Covered {
    sets: Vec<CoveredPart>,
}

struct CoveredPart {
    reads: AxisUse,
    seen: BTreeSet<Vec<usize>>,
    /// The largest number of different combinations. When all of them are planned, the part is removed.
    most: usize,
}

impl Covered {
    fn new(matrix: &Matrix<'_>, root: &Root<'_>, depth: Depth<'_>) -> Self {
        let items = root.items.iter().filter(|item| (depth.wanted)(item.span));
        let distinct: BTreeSet<AxisUse> = set_of(items.map(|item| item.reads(root)));
        let mut all: Vec<AxisUse> = distinct.into_iter().collect();
        let mut checks = root.checks.clone();
        checks.add(&root.way);
        if (depth.wanted)(root.span) {
            all.extend([root.way.clone(), checks]);
        }
        if depth.every_variant {
            all = vec![root.reads.clone()];
        }
        all.iter_mut().for_each(|reads| reads.platform |= depth.every_platform);
        let largest = |(index, one): &(usize, &AxisUse)| {
            let larger = |(other, more): (usize, &AxisUse)| {
                more.contains(one) && (!one.contains(more) || other < *index)
            };
            !all.iter().enumerate().any(larger)
        };
        let sets = all.iter().enumerate().filter(largest).map(|(_, reads)| {
            let axes = reads.axes.iter().map(|axis| matrix.request.family.axes[*axis].values.len());
            let platforms = reads.platform.then_some(root.platforms.len());
            let most = axes.chain(platforms).fold(1, usize::saturating_mul);
            CoveredPart { reads: reads.clone(), seen: BTreeSet::new(), most }
        });
        Self { sets: sets.collect() }
    }

    fn is_new(&self, root: &Root<'_>, cell: Cell) -> bool {
        self.sets
            .iter()
            .any(|part| !part.seen.contains(&projection(root, &part.reads, cell.combination, cell.platform)))
    }

    fn add(&mut self, root: &Root<'_>, cell: Cell) {
        for part in &mut self.sets {
            part.seen.insert(projection(root, &part.reads, cell.combination, cell.platform));
        }
        self.sets.retain(|part| part.seen.len() < part.most);
    }
}

impl ItemReads {
    /// The axes that the item depends on, and those that decide whether its stage is reached.
    fn reads(&self, root: &Root<'_>) -> AxisUse {
        let mut reads = self.reads.clone();
        reads.add(&root.way);
        reads
    }
}

/// The axes that a place depends on. In a step, they are those that the step reads. In a fragment or mixin, they are those that its
/// users read.
pub(crate) fn reads_at(root: &Root<'_>, span: Span) -> AxisUse {
    if let Some(item) = root.items.iter().find(|item| item.span.contains(span)) {
        return item.reads(root);
    }
    let mut reads = root.way.clone();
    if root.named.template.span().contains(span) {
        reads.add(&root.checks);
        return reads;
    }
    root.items.iter().filter(|item| item.shares).for_each(|item| reads.add(&item.reads));
    reads
}
