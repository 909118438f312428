//! Suggests supported combinations that are near to one that is not supported.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use super::scope::Scope;
use crate::base::platform;
use crate::base::sorted::set_of;
use crate::base::source::Span;
use crate::expr::Lookup as _;
use crate::family::{Axis, Family};

/// The largest number of combinations that are suggested.
const MOST: usize = 3;
/// The largest number of combinations that are tried.
const MOST_TRIED: usize = 5000;
/// If there are many axes and rules, fewer combinations are tried: the number of values and evaluations of rules is limited too.
const MOST_WORK: usize = 400_000;
/// How many axes a suggestion may change if it changes a value that was given.
const MOST_CHANGES: usize = 2;

/// A combination that is not supported.
pub(super) struct Nearest<'a, 'f> {
    family: &'a Family,
    scope: &'a Scope<'f>,
    /// The axes, each with its value.
    chosen: &'a [(String, String)],
    /// The values of axes and args that the user gave.
    given: &'a BTreeMap<String, String>,
    /// The platforms on which a combination has to be supported.
    platforms: &'a [&'a Platform],
    /// How many combinations are tried at most.
    most: usize,
    tried: usize,
}

impl<'a, 'f> Nearest<'a, 'f> {
    pub(super) fn new(
        family: &'a Family,
        scope: &'a Scope<'f>,
        chosen: &'a [(String, String)],
        given: &'a BTreeMap<String, String>,
        platforms: &'a [&'a Platform],
    ) -> Self {
        let work = (family.axes.len() + family.args.len() + 4 * family.support.len()) * platforms.len();
        let most = MOST_TRIED.min(MOST_WORK / work.max(1));
        Self { family, scope, chosen, given, platforms, most, tried: 0 }
    }

    /// The help of the error: up to three supported combinations, as build arguments. Those that keep the given values come first,
    /// however many other axes they change. `None` if no combination was found.
    pub(super) fn help(mut self) -> Option<String> {
        let is_given = |axis: &Axis| self.given.contains_key(&axis.name);
        let free: Vec<usize> =
            (0..self.chosen.len()).filter(|axis| !is_given(&self.family.axes[*axis])).collect();
        let all: Vec<usize> = (0..self.chosen.len()).collect();
        let mut near = Vec::new();
        for distance in 1..=free.len() {
            self.find(&free, distance, &mut Vec::new(), &mut near);
            if !near.is_empty() {
                break;
            }
        }
        let was_whole = self.tried < self.most;
        let kept = near.len();
        self.tried = 0;
        for distance in 1..=MOST_CHANGES.min(all.len()) {
            if near.len() > kept || (kept > 0 && distance > 1) {
                break;
            }
            self.find(&all, distance, &mut Vec::new(), &mut near);
        }
        let near: Vec<String> = near.iter().map(|changes| self.text(changes)).collect();
        let listed =
            (!near.is_empty()).then(|| format!("nearest supported combination: {}", near.join(", or ")));
        let given = self.chosen.iter().any(|(axis, _)| self.given.contains_key(axis));
        if kept > 0 || free.is_empty() || !given || !was_whole {
            return listed;
        }
        let none = format!("no supported combination has {}", self.fixed());
        Some(listed.map_or_else(|| none.clone(), |listed| format!("{none}; {listed}")))
    }

    /// What all combinations that were tried have in common, as far as the user gave it and rules read it.
    fn fixed(&self) -> String {
        let rules = self.family.support.iter().flat_map(|rule| rule.expressions());
        let read: BTreeSet<&str> = set_of(rules.flat_map(|expr| expr.names()));
        let axes = self.chosen.iter().filter(|(axis, _)| self.given.contains_key(axis));
        let args = self.given.iter().filter(|(name, _)| {
            read.contains(name.as_str()) && self.family.args.iter().any(|arg| arg.name == **name)
        });
        let args = args.map(|(name, value)| format!("{name}={value}"));
        let values = axes.map(|(axis, value)| format!("{axis}={value}")).chain(args);
        let builtin = |name: &str| {
            let value = read.contains(name).then(|| self.scope.lookup(name, Span::default()).ok())??;
            Some(format!("{name}={}", value.as_text()?))
        };
        values.chain(["platform", "target"].into_iter().filter_map(builtin)).collect::<Vec<_>>().join(", ")
    }

    /// Adds the supported combinations that differ in exactly `distance` of these axes, as changes of axes.
    fn find(
        &mut self,
        axes: &[usize],
        distance: usize,
        changes: &mut Vec<(usize, usize)>,
        near: &mut Vec<Vec<(usize, usize)>>,
    ) {
        if distance == 0 {
            self.tried += 1;
            if !near.contains(changes) && self.allows(changes) {
                near.push(changes.clone());
            }
            return;
        }
        for (at, axis) in axes.iter().enumerate() {
            let now = &self.chosen[*axis].1;
            for (value, of) in self.family.axes[*axis].values.iter().enumerate() {
                if near.len() >= MOST || self.tried >= self.most {
                    return;
                }
                if of.name != *now {
                    changes.push((*axis, value));
                    self.find(&axes[at + 1..], distance - 1, changes, near);
                    changes.pop();
                }
            }
        }
    }

    fn allows(&self, changes: &[(usize, usize)]) -> bool {
        let value = |(axis, value): &(usize, usize)| {
            let axis = &self.family.axes[*axis];
            (axis.name.clone(), axis.values[*value].value.clone())
        };
        self.platforms.iter().all(|platform| {
            let platform = ("platform".to_owned(), platform::value(platform));
            let scope = self.scope.with(changes.iter().map(value).chain([platform]));
            matches!(self.family.broken_rule(&scope), Ok(None))
        })
    }

    fn text(&self, changes: &[(usize, usize)]) -> String {
        let arg = |(axis, value): &(usize, usize)| {
            let axis = &self.family.axes[*axis];
            format!("--build-arg {}={}", axis.name, axis.values[*value].name)
        };
        changes.iter().map(arg).collect::<Vec<_>>().join(" ")
    }
}
