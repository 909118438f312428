//! The stages, fragments and mixins that a text can name. If the name is computed, it is computed for every combination of the axes
//! that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::{Platform, glob_matches};

use super::query::MatrixRequest;
use super::uses::Role;
use crate::base::sorted::{map_of, set_of};
use crate::base::value::Value;
use crate::family::Family;
use crate::family::template::{Part, Text};
use crate::variant::names::AxisUse;
use crate::variant::scope::Bindings;

/// The largest number of combinations for which a name is computed. With more, every existing name that fits the literal parts
/// counts as used.
const MAX_NAMES: usize = 4096;

/// The names of stages, fragments and mixins, each with its index.
pub(super) struct Known<'f> {
    family: &'f Family,
    fragments: BTreeMap<&'f str, usize>,
    mixins: BTreeMap<&'f str, usize>,
    none: BTreeMap<&'f str, usize>,
}

/// The names that a text can have. Letter case does not count in names of stages.
#[derive(Clone, Copy)]
pub(super) enum KnownNames<'k, 'f> {
    Stages(&'f Family),
    Others(&'k BTreeMap<&'f str, usize>),
}

impl KnownNames<'_, '_> {
    fn get(self, name: &str) -> Option<usize> {
        match self {
            Self::Stages(family) => family.stage_index(name),
            Self::Others(names) => names.get(name).copied(),
        }
    }

    /// The names that match a pattern, by index.
    fn matching(self, pattern: &str) -> BTreeSet<usize> {
        match self {
            Self::Stages(family) => {
                let pattern = pattern.to_ascii_lowercase();
                let names = family.stages().enumerate();
                let fits = names.filter(|(_, name)| glob_matches(&pattern, &name.to_ascii_lowercase()));
                set_of(fits.map(|(index, _)| index))
            }
            Self::Others(names) => {
                let fits = names.iter().filter(|(name, _)| glob_matches(pattern, name));
                set_of(fits.map(|(_, index)| *index))
            }
        }
    }
}

impl<'f> Known<'f> {
    pub(super) fn new(family: &'f Family) -> Self {
        let indexed = |names: &mut dyn Iterator<Item = &'f str>| {
            map_of(names.enumerate().map(|(index, name)| (name, index)))
        };
        Self {
            family,
            fragments: indexed(&mut family.fragments.iter().map(|fragment| fragment.name.as_str())),
            mixins: indexed(&mut family.mixins.iter().map(|mixin| mixin.name.as_ref())),
            none: BTreeMap::new(),
        }
    }

    /// The index of a stage.
    pub(super) fn stage(&self, name: &str) -> Option<usize> {
        self.family.stage_index(name)
    }

    /// The names that a text with this role can have.
    pub(super) fn of(&self, role: Role) -> KnownNames<'_, 'f> {
        match role {
            Role::Plain => KnownNames::Others(&self.none),
            Role::Stage => KnownNames::Stages(self.family),
            Role::Fragment => KnownNames::Others(&self.fragments),
            Role::Mixin => KnownNames::Others(&self.mixins),
        }
    }
}

/// The known names among the strings of a value, by their index.
pub(super) fn named(value: &Value, known: KnownNames<'_, '_>) -> Vec<usize> {
    let index = |value: &Value| known.get(value.as_text()?);
    match value {
        Value::List(items) => items.iter().filter_map(index).collect(),
        single => index(single).into_iter().collect(),
    }
}

/// Gives the value of a text with the names of a variant.
pub(super) type Evaluate<'e> = &'e dyn Fn(&dyn Bindings) -> Option<Value>;

/// The known names that a text can evaluate to, by their index. `evaluate` gives its value in a scope. If it is missing, or if there
/// are too many combinations of what the text reads, these are all known names that fit the literal parts.
pub(super) fn candidates(
    request: MatrixRequest<'_>,
    text: &Text,
    reads: &AxisUse,
    known: KnownNames<'_, '_>,
    target: &str,
    evaluate: Option<Evaluate<'_>>,
) -> BTreeSet<usize> {
    if let Some(name) = text.literal() {
        return set_of(known.get(name.as_ref()));
    }
    let mut found = BTreeSet::new();
    let is_computed = evaluate.is_some_and(|evaluate| {
        let platforms = platforms(request, reads.platform);
        each_combination(request, &reads.axes, &platforms, &mut |values, platform| {
            let value = evaluate(&request.scope(values, platform, target));
            found.extend(value.iter().flat_map(|value| named(value, known)));
        })
    });
    if !is_computed {
        let pattern: String = text.parts.iter().map(pattern).collect();
        return known.matching(&pattern);
    }
    found
}

/// Calls `visit` for each combination of axes and platforms, with the value of each axis. Returns `false` if these are too many.
pub(super) fn each_combination(
    request: MatrixRequest<'_>,
    axes: &BTreeSet<usize>,
    platforms: &[Platform],
    visit: &mut dyn FnMut(&[usize], &Platform),
) -> bool {
    let allowed = request.values();
    let count = axes.iter().map(|axis| allowed[*axis].len());
    let count = count.chain([platforms.len()]).try_fold(1usize, usize::checked_mul);
    let Some(count) = count.filter(|count| *count <= MAX_NAMES) else { return false };
    let mut values: Vec<usize> = request.family.axes.iter().map(|axis| axis.default).collect();
    for mut number in 0..count {
        let platform = &platforms[number % platforms.len()];
        number /= platforms.len();
        for axis in axes {
            let allowed = &allowed[*axis];
            values[*axis] = allowed[number % allowed.len()];
            number /= allowed.len();
        }
        visit(&values, platform);
    }
    true
}

/// The platforms for which a value is computed. If it reads the platform, these are all platforms that are likely.
pub(crate) fn platforms(request: MatrixRequest<'_>, read: bool) -> Vec<Platform> {
    let mut all = vec![request.query.build_platform.clone()];
    if read {
        all.extend(request.query.platforms.iter().cloned());
        all.extend([Platform::new("linux", "amd64"), Platform::new("linux", "arm64")]);
        all.sort();
        all.dedup();
    }
    all
}

fn pattern(part: &Part) -> &str {
    match part {
        Part::Literal(text) => text,
        Part::Expr(_) | Part::File(_) => "*",
    }
}
