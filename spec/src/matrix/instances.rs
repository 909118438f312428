//! The instances of stages that a part can name: stages with the arguments that a variant can give them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::value::Value;
use crate::family::NamedTemplate;

/// The values of the parameters of a stage. `None` for a value that is not known.
pub(super) type Bound<'f> = BTreeMap<&'f str, Option<Value>>;

/// The largest number of instances of one stage that are told apart. With more, the values of all parameters count as unknown.
const MAX_INSTANCES: usize = 256;

/// A set of instances. Equal ones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct InstanceSet<'f> {
    of_stage: BTreeMap<usize, Vec<Bound<'f>>>,
}

impl<'f> InstanceSet<'f> {
    /// Adds an instance of the stage at this index. Returns `false` if the set has it.
    pub(super) fn add(&mut self, stage: usize, bound: Bound<'f>) -> bool {
        let known = self.of_stage.entry(stage).or_default();
        let bound = match known.len() {
            0..MAX_INSTANCES => bound,
            MAX_INSTANCES => unknown(bound.keys().copied()),
            _ => return false,
        };
        let is_new = !known.contains(&bound);
        if is_new {
            known.push(bound);
        }
        is_new
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        for (stage, bound) in other.iter() {
            self.add(stage, bound.clone());
        }
    }

    /// Adds stages with unknown arguments.
    pub(super) fn add_unknown(&mut self, indices: &BTreeSet<usize>, stages: &'f [NamedTemplate]) {
        for index in indices {
            let names = stages[*index].parameters.iter().map(|parameter| parameter.name.as_str());
            self.add(*index, unknown(names));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of_stage.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Bound<'f>)> {
        self.of_stage.iter().flat_map(|(stage, known)| known.iter().map(|bound| (*stage, bound)))
    }
}

/// Parameters without known values.
fn unknown<'f>(names: impl Iterator<Item = &'f str>) -> Bound<'f> {
    let mut bound = Bound::new();
    for name in names {
        bound.insert(name, None);
    }
    bound
}
