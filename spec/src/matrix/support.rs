//! Applies the rules of `support` to many combinations. Each rule is evaluated once for each combination of the axes that it reads.

use std::collections::BTreeMap;

use buildkit_names::Platform;

use super::names::{AxisUse, Names};
use super::query::MatrixRequest;
use crate::base::diagnostic::Diagnostic;
use crate::expr::{self, Expr};
use crate::family::{Demand, Rule};
use crate::variant::scope::Scope;

/// The rules for one target, with their results so far.
pub(crate) struct Support<'f> {
    request: MatrixRequest<'f>,
    target: &'f str,
    rules: Vec<Known<'f>>,
    /// Errors of conditions that cannot be evaluated for a combination.
    pub(crate) found: Vec<Diagnostic>,
}

struct Known<'f> {
    rule: &'f Rule,
    axes: Vec<usize>,
    platform: bool,
    allows: BTreeMap<Vec<usize>, bool>,
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

/// What a rule depends on.
pub(crate) fn reads(rule: &Rule, names: &Names<'_>) -> AxisUse {
    names.reads(rule.expressions().flat_map(Expr::names))
}

impl<'f> Support<'f> {
    pub(crate) fn new(request: MatrixRequest<'f>, names: &Names<'_>, target: &'f str) -> Self {
        let rules = request.family.support.iter().map(|rule| {
            let reads = reads(rule, names);
            let axes = reads.axes.into_iter().collect();
            Known { rule, axes, platform: reads.platform, allows: BTreeMap::new() }
        });
        Self { request, target, rules: rules.collect(), found: Vec::new() }
    }

    /// The axes that the rules read.
    pub(crate) fn axes(&self) -> impl Iterator<Item = usize> {
        self.rules.iter().flat_map(|rule| &rule.axes).copied()
    }

    /// Whether all rules allow a combination. `number` is the index of the platform. A rule that cannot be evaluated allows it, and
    /// the error is added to `found`.
    pub(crate) fn allows(&mut self, values: &[usize], number: usize, platform: &Platform) -> bool {
        let (request, target, found) = (self.request, self.target, &mut self.found);
        self.rules.iter_mut().all(|known| {
            let axes = known.axes.iter().map(|axis| values[*axis]);
            let key: Vec<usize> = axes.chain(known.platform.then_some(number)).collect();
            *known.allows.entry(key).or_insert_with(|| {
                known.rule.allows(&request.scope(values, platform, target)).unwrap_or_else(|error| {
                    if !found.contains(&error) {
                        found.push(*error);
                    }
                    true
                })
            })
        })
    }
}
