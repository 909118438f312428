//! Applies the rules of `support` to many combinations. Each rule is evaluated once for each combination of the axes that it reads.

use std::collections::BTreeMap;

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

    /// Whether all rules allow a combination. `number` is the index of the platform. A rule that cannot be evaluated allows it, and
    /// the error is added to `found`.
    pub(crate) fn allows(&mut self, values: &[usize], number: usize, platform: &Platform) -> bool {
        let (request, target, found) = (self.request, self.target, &mut self.found);
        self.rules.iter_mut().all(|known| {
            let axes = known.axes.iter().map(|axis| values[*axis]);
            let key: Vec<usize> = axes.chain(known.platform.then_some(number)).collect();
            *known.allows.entry(key).or_insert_with(|| {
                known
                    .rule
                    .allows(&request.scope_of(&known.operands, values, platform, target))
                    .unwrap_or_else(|error| {
                        if !found.contains(&error) {
                            found.push(*error);
                        }
                        true
                    })
            })
        })
    }
}
