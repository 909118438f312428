//! Walks through the branches of a template that a variant of a target can take, and collects what they depend on and which stages
//! they name. Fragments are walked with the values of their parameters, and repetitions with those of their variables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_names::glob_matches;

use super::candidates::{Evaluate, Known, candidates, each_combination, named};
use super::fixed::{Fixed, Place};
use super::instances::{Bound, InstanceSet};
use super::uses::{Guard, Role};
use crate::base::sorted::set_of;
use crate::base::value::Value;
use crate::expr::{self, Expr};
use crate::family::template::{Field, Template, Text};
use crate::schema::keys::is_call;
use crate::variant::expand::arguments::known;
use crate::variant::expand::{self, turns};
use crate::variant::names::{AxisUse, mentioned};
use crate::variant::scope::{Bindings, InStage};

/// The largest number of parts that are walked for one item. With more, all that the item mentions counts.
const MAX_PARTS: usize = 20_000;
/// How many parts cost one unit of the budget.
const PARTS: usize = 4;
/// How deep fragments may use each other.
const MAX_DEPTH: usize = 32;

/// What a part depends on, and the stages that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs<'f> {
    pub(super) reads: AxisUse,
    pub(super) stages: InstanceSet<'f>,
}

pub(super) struct Walk<'w, 'f> {
    fixed: &'w Fixed<'w, 'f>,
    known: &'w Known<'f>,
    stage: &'w str,
    needs: Needs<'f>,
    /// How many more parts are walked.
    left: usize,
    depth: usize,
    mixins: BTreeSet<usize>,
    /// The fragments that were walked, each with the values of its parameters.
    fragments: BTreeSet<(usize, String)>,
}

impl<'w, 'f> Walk<'w, 'f> {
    pub(super) fn new(fixed: &'w Fixed<'w, 'f>, known: &'w Known<'f>) -> Self {
        Self {
            fixed,
            known,
            stage: "",
            needs: Needs::default(),
            left: MAX_PARTS,
            depth: 0,
            mixins: BTreeSet::new(),
            fragments: BTreeSet::new(),
        }
    }

    pub(super) fn in_stage(self, stage: &'w str) -> Self {
        Self { stage, ..self }
    }

    /// Adds stages with the defaults of their parameters.
    pub(super) fn add_stages(&mut self, stages: &BTreeSet<usize>, place: &Place<'_>) {
        stages.iter().for_each(|stage| self.add_instances(*stage, &[], place));
    }

    /// What was found. If there was too much to walk, everything that the part mentions. What was walked is charged to the budget of
    /// the query.
    pub(super) fn finish(mut self, reads: &AxisUse, stages: &BTreeSet<usize>) -> Needs<'f> {
        let walked = MAX_PARTS - self.left;
        let is_covered = self.fixed.request.query.budget.charge(walked / PARTS);
        if self.left == 0 || !is_covered {
            self.needs.reads.add(reads);
            self.needs.stages.add_unknown(stages, &self.fixed.request.family.stages);
        }
        self.needs
    }

    /// Walks through the choices around a part. Returns `false` if the part is in a branch that is never taken.
    pub(super) fn guards(&mut self, guards: &[Guard<'f>], place: &Place<'_>) -> bool {
        guards.iter().all(|guard| {
            self.expr(guard.on(), place);
            match guard {
                Guard::If(on, branch) => expr::condition(on, place).map_or(true, |holds| holds == *branch),
                Guard::Match(on, cases, branch) => case(on, cases, place).is_none_or(|case| case == *branch),
            }
        })
    }

    /// Walks through a part whose texts name nothing.
    pub(super) fn value(&mut self, template: &'f Template, place: &Place<'_>) {
        self.template(template, Role::Plain, place);
    }

    pub(super) fn template(&mut self, template: &'f Template, role: Role, place: &Place<'_>) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return;
        }
        match template {
            Template::Text(text) => self.text(template, text, role, place),
            Template::List(_, items) => items.iter().for_each(|item| self.template(item, role, place)),
            Template::Map(_, kind, fields) if is_call(*kind) => self.call(fields, place),
            Template::Map(_, kind, fields) => {
                for field in fields {
                    match Role::of(*kind, &field.key) {
                        Role::Fragment => self.fragment(&field.value, fields, place),
                        role => self.template(&field.value, role, place),
                    }
                }
            }
            Template::If { .. } | Template::Match { .. } => {
                self.branches(template, place)
                    .into_iter()
                    .for_each(|branch| self.template(branch, role, place));
            }
            Template::For { variable, values, body, .. } => {
                self.template(values, Role::Plain, place);
                match expand::value(values, place) {
                    Ok(values) => {
                        for turn in turns(&values) {
                            self.template(body, role, &place.with(variable, Some(turn)));
                        }
                    }
                    Err(_) => self.template(body, role, &place.with(variable, None)),
                }
            }
        }
    }

    /// The branches of a choice that a variant can select.
    fn branches(&mut self, choice: &'f Template, place: &Place<'_>) -> Vec<&'f Template> {
        match choice {
            Template::If { condition, then, otherwise, .. } => {
                self.expr(condition, place);
                match expr::condition(condition, place) {
                    Ok(true) => vec![then],
                    Ok(false) => Vec::from_iter(otherwise.as_deref()),
                    Err(_) => [then.as_ref()].into_iter().chain(otherwise.as_deref()).collect(),
                }
            }
            Template::Match { on, cases, otherwise, .. } => {
                self.expr(on, place);
                match case(on, cases, place) {
                    Some(Some(index)) => vec![&cases[index].1],
                    Some(None) => Vec::from_iter(otherwise.as_deref()),
                    None => cases.iter().map(|(_, case)| case).chain(otherwise.as_deref()).collect(),
                }
            }
            other => vec![other],
        }
    }

    fn expr(&mut self, expr: &Expr, place: &Place<'_>) {
        self.needs.reads.add(&self.fixed.reads(expr, place));
    }

    fn text(&mut self, template: &'f Template, text: &'f Text, role: Role, place: &Place<'_>) {
        text.expressions().for_each(|part| self.expr(part, place));
        match role {
            Role::Plain | Role::Fragment => {}
            Role::Stage => {
                let stages = self.named(template, text, role, place);
                self.add_stages(&stages, place);
            }
            Role::Mixin => {
                for index in self.named(template, text, role, place) {
                    if self.mixins.insert(index) {
                        let mixin = &self.fixed.request.family.mixins[index];
                        self.template(&mixin.template, Role::Plain, &place.globals());
                    }
                }
            }
        }
    }

    /// The stages, fragments or mixins that a text names, by index.
    fn named(&self, template: &Template, text: &Text, role: Role, place: &Place<'_>) -> BTreeSet<usize> {
        let known = self.known.of(role);
        if let Ok(value) = expand::value(template, place) {
            return set_of(named(&value, known));
        }
        let mut names = BTreeSet::new();
        mentioned(template, &mut Vec::new(), &mut |name| {
            names.insert(name);
        });
        let mut reads = AxisUse::default();
        text.expressions().for_each(|part| reads.add(&self.fixed.reads(part, place)));
        let of = |scope: &dyn Bindings| {
            let names = InStage::plain(self.stage, &None, scope);
            expand::value(template, &place.within(&names)?).ok()
        };
        let can_evaluate = place.within(&self.fixed.scope).is_some();
        let evaluate: Option<Evaluate<'_>> = if can_evaluate { Some(&of) } else { None };
        candidates(self.fixed.request, text, &reads, known, self.fixed.target, evaluate)
    }

    /// Walks through a reference to a stage with arguments.
    fn call(&mut self, fields: &'f [Field], place: &Place<'_>) {
        let value = |key: &str| fields.iter().find(|field| field.key == key).map(|field| &field.value);
        let mut stages = BTreeSet::new();
        if let Some(name) = value("stage") {
            self.names_of(name, Role::Stage, place, &mut stages);
        }
        let with = match value("with") {
            None => &[],
            Some(Template::Map(_, _, with)) => with.as_slice(),
            // A choice between maps of arguments.
            Some(with) => {
                self.value(with, place);
                return self.needs.stages.add_unknown(&stages, &self.fixed.request.family.stages);
            }
        };
        with.iter().for_each(|argument| self.value(&argument.value, place));
        stages.iter().for_each(|stage| self.add_instances(*stage, with, place));
    }

    /// Adds a stage with the arguments that `with` and the defaults of its parameters can have.
    fn add_instances(&mut self, stage: usize, with: &'f [Field], place: &Place<'_>) {
        let named = &self.fixed.request.family.stages[stage];
        let default_place = Place::outer(&self.fixed.scope).in_stage(&named.name, Bound::new(), &[]);
        let mut arguments = Vec::new();
        for parameter in &named.parameters {
            let given = with.iter().find(|field| field.key.as_ref() == parameter.name);
            match (given, &parameter.default) {
                (Some(field), _) => arguments.push((parameter, &field.value, place)),
                (None, Some(default)) => {
                    self.value(default, &default_place);
                    arguments.push((parameter, default, &default_place));
                }
                (None, None) => {}
            }
        }
        let mut fixed = Bound::new();
        for (parameter, template, place) in &arguments {
            fixed.insert(parameter.name.as_str(), known(parameter, template, *place));
        }
        let is_known = fixed.values().all(Option::is_some);
        // The values for each combination of the axes that the arguments read.
        let mut axes = BTreeSet::new();
        for (_, template, place) in &arguments {
            template.expressions(&mut |expr| axes.extend(self.fixed.reads(expr, place).axes));
        }
        let mut found = InstanceSet::default();
        let mut computed = 0;
        let any_platform = [self.fixed.request.query.build_platform.clone()];
        let is_computed = !is_known
            && each_combination(self.fixed.request, &axes, &any_platform, &mut |values, _| {
                let scope = self.fixed.with_axes(&axes, values);
                computed += arguments.len();
                let mut bound = Bound::new();
                for (parameter, template, place) in &arguments {
                    let place = place.within(&scope);
                    let value = place.and_then(|place| known(parameter, template, &place));
                    bound.insert(parameter.name.as_str(), value);
                }
                found.add(stage, bound);
            });
        let is_covered = self.fixed.request.query.budget.charge(computed / PARTS);
        match is_computed && is_covered {
            true => self.needs.stages.add_all(&found),
            false => drop(self.needs.stages.add(stage, fixed)),
        }
    }

    /// Walks through the fragments that a step `use` can name. `fields` are the keys of the step.
    fn fragment(&mut self, name: &'f Template, fields: &'f [Field], place: &Place<'_>) {
        let mut indices = BTreeSet::new();
        self.names_of(name, Role::Fragment, place, &mut indices);
        let with = fields.iter().find(|field| field.key.as_ref() == "with").map(|field| &field.value);
        let with = match with {
            Some(Template::Map(_, _, fields)) => fields.as_slice(),
            _ => &[],
        };
        for index in indices {
            let fragment = &self.fixed.request.family.fragments[index];
            let mut values: BTreeMap<&str, Option<Value>> = BTreeMap::new();
            for parameter in &fragment.parameters {
                let given = with.iter().find(|field| field.key.as_ref() == parameter.name);
                let value = match (given, &parameter.default) {
                    (Some(field), _) => known(parameter, &field.value, place),
                    (None, Some(default)) => {
                        self.template(default, Role::Plain, &place.globals());
                        known(parameter, default, &place.globals())
                    }
                    (None, None) => None,
                };
                values.insert(&parameter.name, value);
            }
            let is_new = self.fragments.insert((index, format!("{values:?}")));
            if is_new && self.depth < MAX_DEPTH {
                self.depth += 1;
                self.template(&fragment.steps, Role::Plain, &place.fragment(values, &fragment.vars));
                self.depth -= 1;
            }
        }
    }

    /// Adds the fragments or stages that a template names.
    fn names_of(
        &mut self,
        template: &'f Template,
        role: Role,
        place: &Place<'_>,
        into: &mut BTreeSet<usize>,
    ) {
        match template {
            Template::Text(text) => {
                text.expressions().for_each(|part| self.expr(part, place));
                into.extend(self.named(template, text, role, place));
            }
            Template::If { .. } | Template::Match { .. } => {
                let branches = self.branches(template, place);
                branches.into_iter().for_each(|branch| self.names_of(branch, role, place, into));
            }
            Template::List(..) | Template::Map(..) | Template::For { .. } => {}
        }
    }
}

/// The case of a match that is selected in all variants, by index; `Some(None)` is `else`. `None` if it differs between variants.
fn case(on: &Expr, cases: &[(Arc<str>, Template)], place: &Place<'_>) -> Option<Option<usize>> {
    let value = expr::evaluate(on, place).ok()?;
    let text = value.as_text()?;
    Some(cases.iter().position(|(pattern, _)| glob_matches(pattern, text)))
}
