//! The list of all places of the language with their keys, for the reference and for tests.

use std::collections::BTreeSet;

use super::FAMILY;
use crate::schema::shapes::{self, Key, KeyChoice, Shape, Table, TaggedUnion};

/// A place of the language: a table, or a variant of a tagged union.
pub(crate) struct Place {
    /// The name: `stage`, `step run`.
    pub(crate) name: String,
    /// The keys of the place. The discriminator, if there is one, is first.
    pub(crate) keys: Vec<&'static Key>,
    /// Whether the place may have a guard, the key `if`.
    pub(crate) guarded: bool,
    /// Which keys exclude or need each other.
    pub(crate) choice: KeyChoice,
}

/// All places with keys. A place follows those in which it is used, starting at the top level.
pub(crate) fn all() -> Vec<Place> {
    let mut walk = Walk { places: Vec::new(), seen: BTreeSet::new() };
    walk.table(&FAMILY);
    walk.places
}

struct Walk {
    places: Vec<Place>,
    seen: BTreeSet<String>,
}

impl Walk {
    fn shape(&mut self, shape: Shape) {
        match shape {
            Shape::Scalar(_) | Shape::Anything | Shape::Data => {}
            Shape::List(inner) | Shape::Map(_, inner) | Shape::Computed(inner) => self.shape(*inner),
            Shape::Items(items) => self.shape(items.item),
            Shape::Names(names) => self.shape(names.value),
            Shape::Forms(forms) => {
                self.table(forms.long);
                self.shape(forms.short);
            }
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
        let (name, guarded, choice) = (shapes::place(table.noun), table.guarded, table.choice);
        if self.add(Place { name, keys, guarded, choice }) {
            table.keys.iter().for_each(|key| self.shape(key.shape));
        }
    }

    fn union(&mut self, union: &'static TaggedUnion) {
        let mut inside: Vec<&'static Key> = Vec::new();
        for variant in union.variants {
            let beside = variant.all_beside();
            let keys: Vec<&'static Key> = std::iter::once(&variant.key).chain(beside).collect();
            let place =
                Place { name: variant.place(), keys: keys.clone(), guarded: true, choice: KeyChoice::Free };
            if self.add(place) {
                inside.extend(keys);
            }
        }
        inside.into_iter().for_each(|key| self.shape(key.shape));
    }

    /// Adds a place. Returns `false` if it has no keys or was added before.
    fn add(&mut self, place: Place) -> bool {
        let new = !place.keys.is_empty() && self.seen.insert(place.name.clone());
        if new {
            self.places.push(place);
        }
        new
    }
}
