//! The conditions that decide whether a combination is allowed: the rules of `support`, and the guard of the target or stage.

use std::collections::{BTreeMap, BTreeSet};

use super::budget::Budget;
use super::expand::choose;
use super::names::Mentions;
use super::scope::{Bindings, InStage, Scope};
use crate::base::diagnostic::Diagnostic;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::expr::{self, Expr, ExprNode, Lookup};
use crate::family::template::Template;
use crate::family::{Demand, Family, NamedTemplate, Rule};

/// A condition with everything that it reads.
pub(super) struct Condition<'f> {
    kind: Kind<'f>,
    /// All names that it reads, also through vars.
    pub(super) names: BTreeSet<&'f str>,
    /// The axes among them, by index.
    pub(super) axes: BTreeSet<usize>,
    /// Whether `platform` is among them.
    pub(super) reads_platform: bool,
    /// The number of parts of its expressions.
    parts: usize,
}

enum Kind<'f> {
    Rule(&'f Rule),
    /// The guard of a target, or of a stage that is built by its name.
    Guard(&'f NamedTemplate),
}

impl<'f> Condition<'f> {
    /// The conditions for a target. What they read is charged to the budget. If it is exhausted, the list is not complete.
    pub(super) fn all(
        family: &'f Family,
        target: &'f NamedTemplate,
        mentions: &Mentions<'f>,
        axes: &BTreeMap<&str, usize>,
        budget: &Budget,
    ) -> Vec<Self> {
        let rules = family.support.iter().map(Kind::Rule);
        let guard = matches!(target.template, Template::If { .. } | Template::Match { .. });
        let guard = guard.then_some(Kind::Guard(target));
        let condition = |kind: Kind<'f>| {
            let mut expressions = Vec::new();
            match &kind {
                Kind::Rule(rule) => expressions.extend(rule.expressions()),
                Kind::Guard(named) => guards(&named.template, &mut expressions),
            }
            let names = mentions.closure(expressions.iter().flat_map(|expr| expr.names()));
            let mut parts = 0;
            expressions.iter().for_each(|expr| expr.walk(&mut |_| parts += 1));
            Self {
                axes: set_of(names.iter().filter_map(|name| axes.get(name)).copied()),
                reads_platform: names.contains("platform"),
                kind,
                names,
                parts,
            }
        };
        rules.chain(guard).map(condition).take_while(|one| budget.charge(one.cost())).collect()
    }

    /// What an evaluation costs, in units of the budget of expansion.
    pub(super) fn cost(&self) -> usize {
        1 + self.names.len() + self.parts / 2
    }

    /// The place of the rule, or of the name of the target or stage.
    pub(super) fn span(&self) -> Span {
        match self.kind {
            Kind::Rule(rule) => rule.span,
            Kind::Guard(named) => named.span,
        }
    }

    /// The reason why a combination that breaks the condition is not allowed.
    pub(super) fn because(&self) -> String {
        match self.kind {
            Kind::Rule(rule) => rule.because.clone(),
            Kind::Guard(named) => format!("with the default, the `if:` of `{}` is false", named.name),
        }
    }

    /// Whether a combination is allowed, whose values are in `scope`. A rule that cannot be evaluated does not allow it.
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        match self.kind {
            Kind::Rule(rule) => rule.allows(scope).is_ok_and(|allows| allows),
            Kind::Guard(_) => self.may_hold(scope),
        }
    }

    /// Whether there can be an allowed combination with the values in `scope`, in which some axes have no value.
    pub(super) fn may_hold(&self, scope: &Scope<'_>) -> bool {
        match self.kind {
            Kind::Rule(Rule { condition, demand, .. }) => {
                let (demand, wanted) = match demand {
                    Demand::Require(demand) => (demand, true),
                    Demand::Exclude(demand) => (demand, false),
                };
                let applies = |applies: bool| match condition {
                    Some(condition) => can_be(condition, applies, scope),
                    None => applies,
                };
                applies(false) || applies(true) && can_be(demand, wanted, scope)
            }
            Kind::Guard(named) => exists(named, scope),
        }
    }
}

/// Whether the guard of a target or stage holds. An error of the guard is reported when the target or stage is expanded.
pub(super) fn exists(named: &NamedTemplate, scope: &Scope<'_>) -> bool {
    can_exist(&named.template, &InStage::plain(&named.name, &None, scope))
}

impl Rule {
    /// The expressions of the rule.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let (Demand::Require(demand) | Demand::Exclude(demand)) = &self.demand;
        self.condition.iter().chain([demand])
    }

    /// Whether the rule allows a combination, whose values are in `names`.
    pub(crate) fn allows(&self, names: &Scope<'_>) -> Result<bool, Box<Diagnostic>> {
        if let Some(condition) = &self.condition
            && !expr::condition(condition, names)?
        {
            return Ok(true);
        }
        match &self.demand {
            Demand::Require(demand) => expr::condition(demand, names),
            Demand::Exclude(demand) => Ok(!expr::condition(demand, names)?),
        }
    }
}

/// The expressions of the choices that decide whether a target or stage exists.
fn guards<'f>(template: &'f Template, into: &mut Vec<&'f Expr>) {
    match template {
        Template::If { condition, then, otherwise, .. } => {
            into.push(condition);
            guards(then, into);
            otherwise.iter().for_each(|otherwise| guards(otherwise, into));
        }
        Template::Match { on, cases, otherwise, .. } => {
            into.push(on);
            cases.iter().for_each(|(_, case)| guards(case, into));
            otherwise.iter().for_each(|otherwise| guards(otherwise, into));
        }
        _ => {}
    }
}

/// Whether a target or stage can exist.
fn can_exist(template: &Template, names: &dyn Bindings) -> bool {
    match template {
        Template::If { condition, then, otherwise, .. } => {
            can_be(condition, true, names) && can_exist(then, names)
                || otherwise
                    .as_ref()
                    .is_some_and(|otherwise| can_be(condition, false, names) && can_exist(otherwise, names))
        }
        Template::Match { .. } => match choose(template, names) {
            Ok(chosen) => chosen.is_some_and(|chosen| can_exist(chosen, names)),
            Err(_) => true,
        },
        _ => true,
    }
}

/// Whether an expression can have this truth value, whatever the values are that are missing in `names`. An expression that fails has
/// neither. `true` if it is not known.
fn can_be(expr: &Expr, wanted: bool, names: &dyn Bindings) -> bool {
    let as_lookup: &dyn Lookup = names;
    if let Ok(value) = expr::condition(expr, as_lookup) {
        return value == wanted;
    }
    let can = |part: &Expr, wanted: bool| can_be(part, wanted, names);
    match &expr.node {
        ExprNode::Not(of) => can(of, !wanted),
        ExprNode::And(a, b) if wanted => can(a, true) && can(b, true),
        ExprNode::And(a, b) => can(a, false) || can(a, true) && can(b, false),
        ExprNode::Or(a, b) if wanted => can(a, true) || can(a, false) && can(b, true),
        ExprNode::Or(a, b) => can(a, false) && can(b, false),
        ExprNode::Choice { condition, then, otherwise } => {
            can(condition, true) && can(then, wanted) || can(condition, false) && can(otherwise, wanted)
        }
        _ => true,
    }
}
