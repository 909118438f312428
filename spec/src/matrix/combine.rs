//! Finds the variants of one target or stage among the combinations of its axes.
//!
//! If there are too many combinations to look at each of them, those are left out that rules exclude by their first axes. If there are
//! still too many, a sample is checked. If nothing in the sample is supported, a search looks for one variant, as a build does.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use super::combinations::Combinations;
use super::query::{MatrixRequest, PLACEHOLDERS};
use super::root::{Combination, Head, Root};
use super::support::Support;
use super::uses::UseGraph;
use crate::base::diagnostic::Diagnostic;
use crate::base::sorted::set_of;
use crate::variant::names::AxisUse;
use crate::variant::search::{self, Outcome};

/// The largest number of combinations of unread axes that are tried to find a supported one.
const MAX_UNREAD: usize = 4096;
/// The largest number of all these attempts together.
const MAX_TRIED: usize = 4_000_000;

/// The variants of a root that are found so far.
struct Finder<'r, 'f> {
    root: &'r mut Root<'f>,
    request: MatrixRequest<'f>,
    support: Support<'f>,
    /// What the declaration of the root reads.
    head: &'r AxisUse,
    /// The declarations by the values of these axes.
    heads: BTreeMap<Vec<usize>, Head>,
    /// The combinations of the axes that only rules read.
    unread: Combinations,
    /// For each of these axes, the rules that it is the last one to decide.
    unread_rules: Vec<Vec<usize>>,
    combinations: Vec<Combination>,
    /// Whether there are combinations of unread axes that were not tried, but could allow more.
    is_cut: bool,
}

impl<'f> Root<'f> {
    /// Finds the variants. `platforms` are all that its declaration and the query name, if they are known.
    pub(super) fn combine(
        &mut self,
        request: MatrixRequest<'f>,
        uses: &UseGraph<'f>,
        head: &AxisUse,
        platforms: &[Platform],
        found: &mut Vec<Diagnostic>,
    ) {
        let family = request.family;
        let allowed = request.values();
        let support = Support::new(request, &uses.names, self.named.name.as_ref());
        let unread: BTreeSet<usize> = set_of(support.axes().filter(|axis| !self.reads.axes.contains(axis)));
        // The default is tried first, since a build that does not set the axis has it.
        let mut defaults_first = allowed.clone();
        for axis in &unread {
            let default = family.axes[*axis].default;
            defaults_first[*axis].sort_by_key(|value| *value != default);
        }
        let read = Combinations::new(&self.reads.axes, &allowed, family.support.len());
        let most = MAX_UNREAD.min(MAX_TRIED / read.looked_at.max(1)).max(1);
        let unread = Combinations::limited(unread, &defaults_first, most);
        let mut values: Vec<usize> = family.axes.iter().map(|axis| axis.default).collect();
        let mut fixed = BTreeSet::new();
        for (axis, (value, allowed)) in values.iter_mut().zip(&allowed).enumerate() {
            if let [only] = allowed.as_slice() {
                *value = *only;
                fixed.insert(axis);
            }
        }
        let read_rules = support.decided(read.axes(), &fixed);
        fixed.extend(read.axes());
        let unread_rules = support.decided(unread.axes(), &fixed);
        let mut finder = Finder {
            root: self,
            request,
            support,
            head,
            heads: BTreeMap::new(),
            unread,
            unread_rules,
            combinations: Vec::new(),
            is_cut: false,
        };
        let start = values.clone();
        let few = if read.is_sample() { finder.few(&read, &read_rules, &mut values) } else { None };
        let looked_at = few.as_ref().map_or(read.looked_at, Vec::len);
        match &few {
            Some(few) => few.iter().for_each(|values| finder.add(values, found)),
            None => read.each(&mut values, |values| finder.add(values, found)),
        }
        let is_sample = finder.is_cut || read.is_sample() && few.is_none();
        if is_sample && finder.combinations.is_empty() {
            finder.search(&start, platforms, found);
        }
        let Finder { support, unread, combinations, is_cut, .. } = finder;
        let (total, looked_at) = match is_cut {
            true => (read.total.saturating_mul(unread.total), looked_at * unread.looked_at),
            false => (read.total, looked_at),
        };
        self.sample_of = is_sample.then_some(total);
        self.looked_at = looked_at;
        self.combinations = combinations;
        found.extend(support.found);
    }
}

impl<'f> Finder<'_, 'f> {
    /// The combinations that rules do not exclude by some of their axes. `None` if they are too many.
    fn few(
        &mut self,
        of: &Combinations,
        rules: &[Vec<usize>],
        values: &mut [usize],
    ) -> Option<Vec<Vec<usize>>> {
        of.few(values, |values, level| self.support.may_allow(&rules[level], values))
    }

    /// Adds the variant with these values of the axes that the root reads, if a combination of the other axes is supported. The one in
    /// `values` is tried first.
    fn add(&mut self, values: &[usize], found: &mut Vec<Diagnostic>) {
        let key = self.head.axes.iter().map(|axis| values[*axis]).collect();
        let (root, request, reads) = (&mut *self.root, self.request, self.head);
        let head = self.heads.entry(key).or_insert_with(|| root.head(request, values, reads, found));
        if !head.exists {
            return;
        }
        let mut best: Option<Combination> = None;
        let support = &mut self.support;
        let is_best = |best: &mut Option<Combination>, support: &mut Support<'f>, values: &[usize]| {
            let platforms = head.platforms.iter().copied();
            let platforms = platforms
                .filter(|number| support.allows(values, *number, &root.platforms[*number]))
                .collect::<Box<[usize]>>();
            if platforms.len() > best.as_ref().map_or(0, |best| best.platforms.len()) {
                let stage = head.stage.clone();
                *best = Some(Combination { values: values.into(), platforms, stage });
            }
            best.as_ref().is_some_and(|best| best.platforms.len() == head.platforms.len())
        };
        if !is_best(&mut best, support, values) {
            let (unread, rules) = (&self.unread, &self.unread_rules);
            let mut inner = values.to_vec();
            let may_allow = |values: &[usize], level: usize| support.may_allow(&rules[level], values);
            let few = if unread.is_sample() { unread.few(&mut inner, may_allow) } else { None };
            self.is_cut |= match few {
                Some(few) => {
                    few.iter().any(|values| is_best(&mut best, support, values));
                    false
                }
                None => {
                    !unread.any(&mut inner, |values| is_best(&mut best, support, values))
                        && unread.is_sample()
                }
            };
        }
        self.combinations.extend(best);
    }

    /// Adds the first variant that a build finds which sets what the query sets.
    fn search(&mut self, start: &[usize], platforms: &[Platform], found: &mut Vec<Diagnostic>) {
        let query = self.request.query;
        let build = [query.build_platform.clone()];
        for platform in if platforms.is_empty() { &build } else { platforms } {
            let given = self.request.given(platform, &self.root.name, PLACEHOLDERS[0]);
            let request = (self.request.family, self.root.named, &query.files);
            match search::first(request, &given, platform, &query.args, start) {
                Outcome::Found(values, _) => self.add(&values, found),
                Outcome::None => {}
                Outcome::TooMany => self.root.search_ended_early = true,
            }
            if !self.combinations.is_empty() {
                return;
            }
        }
    }
}
