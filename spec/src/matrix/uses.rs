//! The graph of uses: everything that each part of a family names, whether a variant needs it or not. What a target really reads is
//! in [`super::reach`].

mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::candidates::Known;
use super::query::MatrixRequest;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::expr::Expr;
use crate::family::template::{Field, Template};
use crate::schema::shapes::MapKind;
use crate::variant::budget::Budget;
use crate::variant::names::Names;
use walk::Walk;

/// What a part of the build file uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses<'f> {
    /// Names in expressions.
    pub(crate) names: BTreeSet<&'f str>,
    /// Stages, by index.
    pub(crate) stages: BTreeSet<usize>,
    /// Fragments, by index.
    pub(crate) fragments: BTreeSet<usize>,
    /// Mixins, by index.
    pub(crate) mixins: BTreeSet<usize>,
}

/// A part of a stage or target that is evaluated on its own: a step, a setting of the stage, a key of the target, or its guard.
pub(crate) struct Item<'f> {
    pub(crate) span: Span,
    /// The key of the stage or target. Empty for a guard.
    pub(crate) key: &'f str,
    /// The content. `None` for a guard.
    pub(super) template: Option<(&'f Template, Role)>,
    /// The choices around it, from the outermost one.
    pub(super) guards: Vec<Guard<'f>>,
    /// Whether it has repetitions or fragments, so that variables and parameters have values in it.
    pub(super) binds: bool,
    /// The uses of its fragments and mixins are included.
    pub(crate) uses: Uses<'f>,
}

/// A choice, with one of its branches.
#[derive(Clone, Copy)]
pub(super) enum Guard<'f> {
    /// The branch of a condition that is true or false.
    If(&'f Expr, bool),
    /// The case of a match with this pattern, or `else`. The second field has all patterns.
    Match(&'f Expr, &'f [(Arc<str>, Template)], Option<usize>),
}

/// The uses of all stages and targets in a family. The uses of a stage include those of its fragments and mixins.
pub(crate) struct UseGraph<'f> {
    pub(crate) names: Names<'f>,
    pub(super) known: Known<'f>,
    pub(crate) stages: Vec<Vec<Item<'f>>>,
    pub(crate) targets: Vec<Vec<Item<'f>>>,
    /// The uses of `provenance`, which belongs to every image.
    pub(crate) provenance: Option<Item<'f>>,
}

/// What the text at a place names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Plain,
    Stage,
    Fragment,
    Mixin,
}

impl Role {
    /// The role of the value of a key.
    pub(super) fn of(kind: MapKind, key: &str) -> Self {
        match (key, kind.variant()) {
            ("from", Some(_)) => Self::Stage,
            ("use", Some(_)) => Self::Fragment,
            ("mixins", Some(_)) => Self::Mixin,
            _ => Self::Plain,
        }
    }
}

impl<'f> Uses<'f> {
    fn add(&mut self, other: &Self) {
        self.names.extend(&other.names);
        self.stages.extend(&other.stages);
        self.fragments.extend(&other.fragments);
        self.mixins.extend(&other.mixins);
    }

    /// Adds the uses of the fragments and mixins among these uses. Ends early if the budget is exhausted.
    fn add_used(&mut self, fragments: &[Self], mixins: &[Self], budget: &Budget) {
        let own = self.fragments.clone();
        let more = own.iter().map(|index| &fragments[*index]);
        more.take_while(|more| more.charge(budget)).for_each(|more| self.add(more));
        let own = self.mixins.clone();
        let more = own.iter().map(|index| &mixins[*index]);
        more.take_while(|more| more.charge(budget)).for_each(|more| self.add(more));
    }

    /// Charges a copy of the uses to a budget. Returns `false` if it is exhausted.
    fn charge(&self, budget: &Budget) -> bool {
        let entries = self.names.len() + self.stages.len() + self.fragments.len() + self.mixins.len();
        budget.charge(1 + entries / 4)
    }
}

impl<'f> UseGraph<'f> {
    pub(crate) fn new(request: MatrixRequest<'f>) -> Self {
        let family = request.family;
        let query = request.query;
        let has_value = |arg: &str| query.args.contains_key(arg) || query.without_default.contains(arg);
        let (names, known) = (Names::new(family, &has_value), Known::new(family));
        let walk = || Walk {
            request,
            names: &names,
            known: &known,
            parameters: &[],
            vars: &[],
            in_stage: false,
            locals: Vec::new(),
            uses: Uses::default(),
            binds: false,
        };
        let fragments = family.fragments.iter().map(|fragment| {
            let mut walk = walk();
            for default in fragment.parameters.iter().filter_map(|parameter| parameter.default.as_ref()) {
                walk.template(default, Role::Plain);
            }
            walk.parameters = &fragment.parameters;
            walk.vars = &fragment.vars;
            walk.template(&fragment.steps, Role::Plain);
            walk.uses
        });
        let mut fragments: Vec<Uses<'f>> = fragments.collect();
        let mixins = family.mixins.iter().map(|mixin| {
            let mut walk = walk();
            walk.template(&mixin.template, Role::Plain);
            walk.uses
        });
        let mixins: Vec<Uses<'f>> = mixins.collect();
        let budget = &request.query.budget;
        close(&mut fragments, &mixins, budget);
        let stages = family.stages.iter().map(|stage| {
            let mut items = Vec::new();
            let walk = || Walk { parameters: &stage.parameters, vars: &stage.vars, in_stage: true, ..walk() };
            let defaults = stage.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
            items.extend(defaults.map(|default| walk().default(default)));
            table(&stage.template, &mut Vec::new(), &mut |guards, field| match field
                .map(|field| (field, &field.value))
            {
                Some((Field { key, .. }, Template::List(_, steps))) if key == "steps" => {
                    items.extend(
                        steps.iter().map(|step| walk().item(step.span(), key, (step, Role::Plain), guards)),
                    );
                }
                Some((Field { key, key_span, .. }, value)) => {
                    let role = match key.as_ref() {
                        "from" => Role::Stage,
                        "mixins" => Role::Mixin,
                        _ => Role::Plain,
                    };
                    items.push(walk().item(key_span.to(value.span()), key, (value, role), guards));
                }
                None => items.extend(walk().guard(guards)),
            });
            items.iter_mut().for_each(|item: &mut Item<'f>| item.uses.add_used(&fragments, &mixins, budget));
            items
        });
        let stages: Vec<Vec<Item<'f>>> = stages.collect();
        let targets = family.targets.iter().map(|target| {
            let mut items = Vec::new();
            table(&target.template, &mut Vec::new(), &mut |guards, field| match field {
                Some(Field { key, key_span, value }) => {
                    let role = if key == "stage" { Role::Stage } else { Role::Plain };
                    items.push(walk().item(key_span.to(value.span()), key, (value, role), guards));
                }
                None => items.extend(walk().guard(guards)),
            });
            if !items.iter().any(|item| item.key == "stage") {
                let uses = Uses { stages: set_of(known.stage(&target.name)), ..Uses::default() };
                let span = Span { end: target.span.start, ..target.span };
                items.push(Item {
                    span,
                    key: "stage",
                    template: None,
                    guards: Vec::new(),
                    binds: uses.stages.iter().any(|index| !family.stages[*index].parameters.is_empty()),
                    uses,
                });
            }
            items
        });
        let targets = targets.collect();
        let provenance = family.provenance.as_ref();
        let provenance =
            provenance.map(|labels| walk().item(labels.span(), "provenance", (labels, Role::Plain), &[]));
        Self { names, known, stages, targets, provenance }
    }
}

/// Adds to each fragment the uses of the fragments and mixins that it uses. Ends early if the budget is exhausted.
fn close<'f>(fragments: &mut [Uses<'f>], mixins: &[Uses<'f>], budget: &Budget) {
    for _ in 0..fragments.len() {
        let mut changed = false;
        for index in 0..fragments.len() {
            let before = fragments[index].clone();
            for used in &before.fragments {
                if !fragments[*used].charge(budget) {
                    return;
                }
                let used = fragments[*used].clone();
                fragments[index].add(&used);
            }
            for used in &before.mixins {
                if !mixins[*used].charge(budget) {
                    return;
                }
                fragments[index].add(&mixins[*used]);
            }
            let now = &fragments[index];
            changed |= now.names != before.names
                || now.stages != before.stages
                || now.fragments != before.fragments
                || now.mixins != before.mixins;
        }
        if !changed {
            return;
        }
    }
}

/// Visits the keys of a stage or target, each with the choices around them. If there are choices, they are also visited without a
/// key, since the table can be empty.
fn table<'f>(
    template: &'f Template,
    guards: &mut Vec<Guard<'f>>,
    visit: &mut dyn FnMut(&[Guard<'f>], Option<&'f Field>),
) {
    let mut within = |guard, branch: Option<&'f Template>| {
        guards.push(guard);
        match branch {
            Some(branch) => table(branch, guards, visit),
            None => visit(guards, None),
        }
        guards.pop();
    };
    match template {
        Template::Map(_, _, fields) => {
            if !guards.is_empty() {
                visit(guards, None);
            }
            fields.iter().for_each(|field| visit(guards, Some(field)));
        }
        Template::If { condition, then, otherwise, .. } => {
            within(Guard::If(condition, true), Some(then));
            within(Guard::If(condition, false), otherwise.as_deref());
        }
        Template::Match { on, cases, otherwise, .. } => {
            for (index, (_, case)) in cases.iter().enumerate() {
                within(Guard::Match(on, cases, Some(index)), Some(case));
            }
            within(Guard::Match(on, cases, None), otherwise.as_deref());
        }
        Template::Text(_) | Template::List(..) | Template::For { .. } => {}
    }
}

impl Guard<'_> {
    /// The condition, or the expression that is matched.
    pub(super) fn on(&self) -> &Expr {
        match self {
            Self::If(on, _) | Self::Match(on, ..) => on,
        }
    }
}
