//! What a target or stage reads, and which stages it reaches. A branch that is never taken for its fixed values does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_names::Platform;

use super::fixed::{Fixed, Place};
use super::query::MatrixRequest;
use super::uses::{Item, UseGraph};
use super::walk::{Needs, Walk};
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::family::NamedTemplate;
use crate::variant::names::AxisUse;

/// A part that is evaluated on its own, with what it depends on.
#[derive(Debug)]
pub(crate) struct ItemReads {
    pub(crate) span: Span,
    pub(crate) reads: AxisUse,
    /// Whether it uses fragments or mixins, which are elsewhere in the file.
    pub(crate) shares: bool,
    stages: BTreeSet<usize>,
}

/// What a root reads.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Everything that it reads.
    pub(super) reads: AxisUse,
    /// What its guard, `stage` and `platforms` read. It decides which variants exist and which stages they reach.
    pub(super) head: AxisUse,
    /// What its own image tests read.
    pub(super) checks: AxisUse,
    /// What decides which stages it reaches.
    pub(super) way: AxisUse,
    /// The stages that it can reach, by index.
    pub(super) stages: BTreeSet<usize>,
    /// The parts of these stages.
    pub(super) items: Vec<Arc<ItemReads>>,
}

/// The axes that a target or stage of this name reads for the args and the platforms of the query. These are all axes if the budget of
/// the query does not cover the search.
pub(crate) fn axes_read(request: MatrixRequest<'_>, name: &str) -> BTreeSet<usize> {
    let uses = UseGraph::new(request);
    let mut reaches = Reaches::new(request, &uses);
    let position = |all: &[NamedTemplate]| all.iter().position(|named| named.name.as_ref() == name);
    let platforms = &request.query.platforms;
    let target = position(&request.family.targets).map(|position| reaches.target(position, platforms));
    let stage = || position(&request.family.stages).map(|position| reaches.stage(position, platforms));
    let axes = target.or_else(stage).map(|reach| reach.reads.axes).unwrap_or_default();
    match request.query.budget.is_exhausted() {
        true => set_of(0..request.family.axes.len()),
        false => axes,
    }
}

/// Finds what roots read. Parts that are the same for all roots are walked once.
pub(super) struct Reaches<'u, 'f> {
    request: MatrixRequest<'f>,
    uses: &'u UseGraph<'f>,
    shared: Fixed<'u, 'f>,
    /// The parts that do not depend on the root, by stage and position.
    known: BTreeMap<(usize, usize), Arc<ItemReads>>,
}

/// The stage number of parts that belong to no stage.
const NO_STAGE: usize = usize::MAX;

impl<'u, 'f> Reaches<'u, 'f> {
    pub(super) fn new(request: MatrixRequest<'f>, uses: &'u UseGraph<'f>) -> Self {
        let shared = Fixed::new(request, (&uses.names, &uses.known), "", None);
        Self { request, uses, shared, known: BTreeMap::new() }
    }

    /// What a target reads. `platforms` are all its platforms; empty if they are not known.
    pub(super) fn target(&mut self, position: usize, platforms: &[Platform]) -> Reach {
        let name = &self.request.family.targets[position].name;
        let fixed = self.fixed(name, platforms);
        let mut reach = Reach::default();
        let mut open = BTreeSet::new();
        for item in &self.uses.targets[position] {
            let needs = needs(self.uses, &fixed, "", item);
            reach.reads.add(&needs.reads);
            match item.key {
                "" | "stage" | "platforms" => reach.head.add(&needs.reads),
                "checks" => reach.checks.add(&needs.reads),
                _ => {}
            }
            open.extend(needs.stages);
        }
        reach.way.add(&reach.head.clone());
        self.stages(reach, open, &fixed)
    }

    /// What a stage reads that is built by its name.
    pub(super) fn stage(&mut self, position: usize, platforms: &[Platform]) -> Reach {
        let name = &self.request.family.stages[position].name;
        let fixed = self.fixed(name, platforms);
        let mut reach = Reach::default();
        for item in self.uses.stages[position].iter().filter(|item| item.key.is_empty()) {
            reach.head.add(&needs(self.uses, &fixed, name, item).reads);
        }
        reach.way.add(&reach.head.clone());
        self.stages(reach, [position].into(), &fixed)
    }

    fn fixed<'t>(&self, target: &'t str, platforms: &[Platform]) -> Vec<Fixed<'t, 'f>>
    where
        'u: 't,
    {
        let known = (&self.uses.names, &self.uses.known);
        let for_platform = |platform| Fixed::new(self.request, known, target, platform);
        match platforms {
            [] => vec![for_platform(None)],
            all => all.iter().map(|platform| for_platform(Some(platform))).collect(),
        }
    }

    /// Adds what stages read, with the stages that they use.
    fn stages(&mut self, mut reach: Reach, mut open: BTreeSet<usize>, fixed: &[Fixed<'_, 'f>]) -> Reach {
        while let Some(stage) = open.pop_first() {
            if reach.stages.insert(stage) {
                for position in 0..self.uses.stages[stage].len() {
                    let item = self.item((stage, position), fixed);
                    open.extend(item.stages.difference(&reach.stages));
                    reach.items.push(item);
                }
            }
        }
        if self.uses.provenance.is_some() {
            reach.items.push(self.item((NO_STAGE, 0), fixed));
        }
        for item in &reach.items {
            if !item.stages.is_empty() {
                reach.way.add(&item.reads);
            }
            reach.reads.add(&item.reads);
        }
        reach
    }

    fn item(&mut self, at: (usize, usize), fixed: &[Fixed<'_, 'f>]) -> Arc<ItemReads> {
        if let Some(known) = self.known.get(&at) {
            return Arc::clone(known);
        }
        let stages = &self.request.family.stages;
        let stage = stages.get(at.0).map_or("", |stage| stage.name.as_ref());
        let Some(item) =
            self.uses.stages.get(at.0).map_or(self.uses.provenance.as_ref(), |items| items.get(at.1))
        else {
            return Arc::new(ItemReads {
                span: Span::default(),
                reads: AxisUse::default(),
                shares: false,
                stages: BTreeSet::new(),
            });
        };
        let whole = self.uses.names.reads(item.uses.names.iter().copied());
        let is_shared = !whole.target && !whole.platform;
        let Needs { reads, stages } = match is_shared {
            true => needs(self.uses, std::slice::from_ref(&self.shared), stage, item),
            false => needs(self.uses, fixed, stage, item),
        };
        let shares = !item.uses.fragments.is_empty() || !item.uses.mixins.is_empty();
        let found = Arc::new(ItemReads { span: item.span, reads, shares, stages });
        if is_shared {
            self.known.insert(at, Arc::clone(&found));
        }
        found
    }
}

/// What an item needs, for any of several sets of fixed values.
fn needs<'f>(uses: &UseGraph<'f>, fixed: &[Fixed<'_, 'f>], stage: &str, item: &Item<'f>) -> Needs {
    let whole = uses.names.reads(item.uses.names.iter().copied());
    let mut all = Needs::default();
    for fixed in fixed {
        if !item.binds && !fixed.touches(&item.uses.names) {
            return Needs { reads: whole, stages: item.uses.stages.clone() };
        }
        let place = Place::outer(&fixed.scope);
        let place = if stage.is_empty() { place } else { place.in_stage(stage) };
        let mut walk = Walk::new(fixed, &uses.known).in_stage(stage);
        let is_taken = walk.guards(&item.guards, &place);
        match item.template {
            Some((template, role)) if is_taken => walk.template(template, role, &place),
            // The stage of a target without the key `stage`.
            None if item.guards.is_empty() => walk.add_stages(&item.uses.stages),
            _ => {}
        }
        let found = walk.finish(&whole, &item.uses.stages);
        all.reads.add(&found.reads);
        all.stages.extend(found.stages);
    }
    all
}
