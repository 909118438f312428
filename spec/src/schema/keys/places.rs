//! The places of the language, each with its keys: what there is to know by heart, for the reference and for tests.

use std::collections::BTreeSet;

use super::{ARG, AXIS, FAMILY, FRAGMENT, PARAMETER, RULE, VAR_FILE};
use crate::schema::shapes::{self, Key, Shape, Table, TaggedUnion};

/// A place of the language.
pub(crate) struct Place {
    /// Its name: `stage`, `step run`.
    pub(crate) name: String,
    /// The keys that this version carries out, the naming key first where there is one.
    pub(crate) keys: Vec<&'static Key>,
    /// Whether `if` may stand beside them.
    pub(crate) guarded: bool,
}

/// All places with keys, in the order in which one comes across them from the top.
pub(crate) fn all() -> Vec<Place> {
    let mut walk = Walk { places: Vec::new(), seen: BTreeSet::new() };
    // What stands below these keys is read by hand.
    for table in [&FAMILY, &AXIS, &ARG, &VAR_FILE, &RULE, &FRAGMENT, &PARAMETER] {
        walk.table(table);
    }
    walk.places
}

struct Walk {
    places: Vec<Place>,
    seen: BTreeSet<String>,
}

impl Walk {
    fn shape(&mut self, shape: Shape) {
        match shape {
            Shape::Scalar(_) | Shape::Anything => {}
            Shape::List(inner) | Shape::Map(_, inner) => self.shape(*inner),
            Shape::Table(table) => self.table(table),
            Shape::Union(union) => self.union(union),
            Shape::Either(first, second) => {
                self.shape(*first);
                self.shape(*second);
            }
        }
    }

    fn table(&mut self, table: &'static Table) {
        let keys = table.keys.iter().collect();
        self.place(shapes::place(table.noun), keys, table.guarded);
    }

    fn union(&mut self, union: &'static TaggedUnion) {
        let mut inside: Vec<&'static Key> = Vec::new();
        for variant in union.variants {
            let beside = variant.all_beside();
            let keys: Vec<&'static Key> = std::iter::once(&variant.key).chain(beside).collect();
            if self.add(variant.place(), &keys, true) {
                inside.extend(keys);
            }
        }
        inside.into_iter().for_each(|key| self.shape(key.shape));
    }

    fn place(&mut self, name: String, keys: Vec<&'static Key>, guarded: bool) {
        if self.add(name, &keys, guarded) {
            keys.into_iter().for_each(|key| self.shape(key.shape));
        }
    }

    fn add(&mut self, name: String, keys: &[&'static Key], guarded: bool) -> bool {
        let new = !keys.is_empty() && self.seen.insert(name.clone());
        if new {
            self.places.push(Place { name, keys: keys.to_vec(), guarded });
        }
        new
    }
}
