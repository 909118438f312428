//! What a target or stage reads, and which stages it reaches. A branch that is never taken for its fixed values does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_names::Platform;

use super::fixed::{Fixed, Place};
use super::instances::{Bound, InstanceSet};
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
    /// Whether it names stages.
    names_stages: bool,
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
    let position = |all: &[NamedTemplate]| all.iter().position(|named| named.name.eq_ignore_ascii_case(name));
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
    /// The parts that do not depend on the root, by stage and position, each for the arguments of the stage.
    known: BTreeMap<(usize, usize), Vec<(Bound<'f>, ItemNeeds<'f>)>>,
}

/// An item, and the stages that it names.
type ItemNeeds<'f> = (Arc<ItemReads>, Arc<InstanceSet<'f>>);

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
        let mut open = InstanceSet::default();
        for item in &self.uses.targets[position] {
            let needs = needs(self.uses, &fixed, None, item);
            reach.reads.add(&needs.reads);
            match item.key {
                "" | "stage" | "platforms" => reach.head.add(&needs.reads),
                "checks" => reach.checks.add(&needs.reads),
                _ => {}
            }
            open.add_all(&needs.stages);
        }
        reach.way.add(&reach.head.clone());
        self.stages(reach, open, &fixed)
    }

    /// What a stage reads that is built by its name.
    pub(super) fn stage(&mut self, position: usize, platforms: &[Platform]) -> Reach {
        let stage = &self.request.family.stages[position];
        let fixed = self.fixed(&stage.name, platforms);
        let mut reach = Reach::default();
        let mut open = InstanceSet::default();
        for fixed in &fixed {
            let mut walk = Walk::new(fixed, &self.uses.known);
            walk.add_stages(&[position].into(), &Place::outer(&fixed.scope));
            let needs = walk.finish(&AxisUse::default(), &BTreeSet::new());
            reach.head.add(&needs.reads);
            open.add_all(&needs.stages);
        }
        let nothing = Bound::new();
        for item in self.uses.stages[position].iter().filter(|item| item.key.is_empty()) {
            reach.head.add(&needs(self.uses, &fixed, Some((stage, &nothing)), item).reads);
        }
        reach.way.add(&reach.head.clone());
        self.stages(reach, open, &fixed)
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
    fn stages(&mut self, mut reach: Reach, open: InstanceSet<'f>, fixed: &[Fixed<'_, 'f>]) -> Reach {
        let mut seen = InstanceSet::default();
        let mut open: Vec<InstanceSet<'f>> = vec![open];
        while let Some(instances) = open.pop() {
            for (stage, bound) in instances.iter() {
                if !seen.add(stage, bound.clone()) {
                    continue;
                }
                reach.stages.insert(stage);
                for position in 0..self.uses.stages[stage].len() {
                    let (item, names) = self.item((stage, bound, position), fixed);
                    if !names.is_empty() {
                        open.push(InstanceSet::clone(&names));
                    }
                    reach.items.push(item);
                }
            }
        }
        if self.uses.provenance.is_some() {
            reach.items.push(self.item((NO_STAGE, &Bound::new(), 0), fixed).0);
        }
        for item in &reach.items {
            if item.names_stages {
                reach.way.add(&item.reads);
            }
            reach.reads.add(&item.reads);
        }
        reach
    }

    fn item(
        &mut self,
        (stage, bound, position): (usize, &Bound<'f>, usize),
        fixed: &[Fixed<'_, 'f>],
    ) -> ItemNeeds<'f> {
        let known = self.known.get(&(stage, position)).map(Vec::as_slice).unwrap_or_default();
        if let Some((_, known)) = known.iter().find(|(arguments, _)| arguments == bound) {
            return known.clone();
        }
        let stages = &self.request.family.stages;
        let inside = stages.get(stage).map(|stage| (stage, bound));
        let items = self.uses.stages.get(stage).map_or(self.uses.provenance.as_slice(), Vec::as_slice);
        let Some(item) = items.get(position) else {
            let nothing = ItemReads {
                span: Span::default(),
                reads: AxisUse::default(),
                shares: false,
                names_stages: false,
            };
            return (Arc::new(nothing), Arc::default());
        };
        let whole = self.uses.names.reads(item.uses.names.iter().copied());
        let is_shared = !whole.target && !whole.platform;
        let Needs { reads, stages } = match is_shared {
            true => needs(self.uses, std::slice::from_ref(&self.shared), inside, item),
            false => needs(self.uses, fixed, inside, item),
        };
        let shares = !item.uses.fragments.is_empty() || !item.uses.mixins.is_empty();
        let names_stages = !stages.is_empty();
        let reads = ItemReads { span: item.span, reads, shares, names_stages };
        let found = (Arc::new(reads), Arc::new(stages));
        if is_shared {
            self.known.entry((stage, position)).or_default().push((bound.clone(), found.clone()));
        }
        found
    }
}

/// What an item needs, for any of several sets of fixed values.
fn needs<'f>(
    uses: &UseGraph<'f>,
    fixed: &[Fixed<'_, 'f>],
    inside: Option<(&NamedTemplate, &Bound<'f>)>,
    item: &Item<'f>,
) -> Needs<'f> {
    let whole = uses.names.reads(item.uses.names.iter().copied());
    let mut all = Needs::default();
    for fixed in fixed {
        if !item.binds && !fixed.touches(&item.uses.names) {
            let mut stages = InstanceSet::default();
            stages.add_unknown(&item.uses.stages, &fixed.request.family.stages);
            return Needs { reads: whole, stages };
        }
        let place = Place::outer(&fixed.scope);
        let place = match inside {
            Some((stage, bound)) => place.in_stage(&stage.name, bound.clone(), &stage.vars),
            None => place,
        };
        let mut walk =
            Walk::new(fixed, &uses.known).in_stage(inside.map_or("", |(stage, _)| stage.name.as_ref()));
        let is_taken = walk.guards(&item.guards, &place);
        match item.template {
            Some((template, role)) if is_taken => walk.template(template, role, &place),
            // The stage of a target without the key `stage`.
            None if item.guards.is_empty() && item.key == "stage" => {
                walk.add_stages(&item.uses.stages, &place);
            }
            _ => {}
        }
        let stages = stages_of(uses, inside, item);
        let found = walk.finish(&whole, &stages);
        all.reads.add(&found.reads);
        all.stages.add_all(&found.stages);
    }
    all
}

/// All stages that an item can name. An argument of its stage can be the name of one.
fn stages_of(
    uses: &UseGraph<'_>,
    inside: Option<(&NamedTemplate, &Bound<'_>)>,
    item: &Item<'_>,
) -> BTreeSet<usize> {
    let mut stages = item.uses.stages.clone();
    let arguments = inside.into_iter().flat_map(|(_, bound)| bound);
    for (_, value) in arguments.filter(|(name, _)| item.uses.names.contains(**name)) {
        match value {
            Some(value) => stages.extend(value.as_text().and_then(|name| uses.known.stage(name))),
            None => stages.extend(0..uses.stages.len()),
        }
    }
    stages
}
