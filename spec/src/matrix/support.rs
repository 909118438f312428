//! Applies the rules of `support` to many combinations. Each rule is evaluated once for each combination of the axes that it reads.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use super::query::{MatrixRequest, Operands};
use crate::base::diagnostic::Diagnostic;
use crate::expr::Expr;
use crate::family::Rule;
use crate::variant::names::{AxisUse, Names};

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
    operands: Operands<'f>,
    axes: Vec<usize>,
    platform: bool,
    allows: BTreeMap<Vec<usize>, bool>,
}

/// What a rule depends on.
pub(crate) fn reads(rule: &Rule, names: &Names<'_>) -> AxisUse {
    names.reads(rule.expressions().flat_map(Expr::names))
}

impl<'f> Support<'f> {
    pub(crate) fn new(request: MatrixRequest<'f>, names: &Names<'f>, target: &'f str) -> Self {
        let rules = request.family.support.iter().map(|rule| {
            let reads = reads(rule, names);
            let read = names.closure(rule.expressions().flat_map(Expr::names));
            let operands = Operands::new(request.family, &read, &reads.axes);
            let axes = reads.axes.into_iter().collect();
            Known { rule, operands, axes, platform: reads.platform, allows: BTreeMap::new() }
        });
        Self { request, target, rules: rules.collect(), found: Vec::new() }
    }

    /// The axes that the rules read.
    pub(crate) fn axes(&self) -> impl Iterator<Item = usize> {
        self.rules.iter().flat_map(|rule| &rule.axes).copied()
    }

    /// For each of the axes that vary, by position: the rules that can be evaluated as soon as this axis and those before it have a
    /// value. Rules that read the platform are in none of them. `fixed` are the axes that have a value from the start.
    pub(crate) fn decided(
        &self,
        axes: impl Iterator<Item = usize>,
        fixed: &BTreeSet<usize>,
    ) -> Vec<Vec<usize>> {
        let mut known = fixed.clone();
        let mut done = BTreeSet::new();
        let decided = axes.map(|axis| {
            known.insert(axis);
            let rules = self.rules.iter().enumerate().filter(|(number, rule)| {
                !rule.platform && rule.axes.iter().all(|axis| known.contains(axis)) && done.insert(*number)
            });
            rules.map(|(number, _)| number).collect()
        });
        decided.collect()
    }

    /// Whether the rules with these numbers allow a combination. A rule that cannot be evaluated may allow it.
    pub(crate) fn may_allow(&mut self, rules: &[usize], values: &[usize]) -> bool {
        let platform = &self.request.query.build_platform;
        rules.iter().all(|number| {
            let known = &mut self.rules[*number];
            let key = known.key(values, 0);
            if let Some(allows) = known.allows.get(&key) {
                return *allows;
            }
            match known.evaluate(self.request, values, platform, self.target) {
                Ok(allows) => *known.allows.entry(key).or_insert(allows),
                Err(_) => true,
            }
        })
    }

    /// Whether all rules allow a combination. `number` is the index of the platform. A rule that cannot be evaluated allows it, and
    /// the error is added to `found`.
    pub(crate) fn allows(&mut self, values: &[usize], number: usize, platform: &Platform) -> bool {
        let (request, target, found) = (self.request, self.target, &mut self.found);
        self.rules.iter_mut().all(|known| {
            let key = known.key(values, number);
            if let Some(allows) = known.allows.get(&key) {
                return *allows;
            }
            let allows = known.evaluate(request, values, platform, target).unwrap_or_else(|error| {
                if !found.contains(&error) {
                    found.push(*error);
                }
                true
            });
            known.allows.insert(key, allows);
            allows
        })
    }
}

impl<'f> Known<'f> {
    /// What the result depends on.
    fn key(&self, values: &[usize], platform: usize) -> Vec<usize> {
        let axes = self.axes.iter().map(|axis| values[*axis]);
        axes.chain(self.platform.then_some(platform)).collect()
    }

    fn evaluate(
        &self,
        request: MatrixRequest<'f>,
        values: &[usize],
        platform: &Platform,
        target: &str,
    ) -> Result<bool, Box<Diagnostic>> {
        self.rule.allows(&request.scope_of(&self.operands, values, platform, target))
    }
}
