//! Compares the attestations of two images by the type of their predicates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::align::align;
use super::difference::{Difference, Side};
use super::values;

pub(super) fn compare(first: &[Value], second: &[Value]) -> Vec<Difference> {
    let (first, second) = (by_type(first), by_type(second));
    let types: BTreeSet<&str> = first.keys().chain(second.keys()).copied().collect();
    let mut found = Vec::new();
    for kind in types {
        let of = |statements: &BTreeMap<&str, Vec<Value>>| statements.get(kind).cloned().unwrap_or_default();
        let (one, other) = (of(&first), of(&second));
        for (number, pair) in align(&one, &other, |one, other| one == other).into_iter().enumerate() {
            let name = match one.len().max(other.len()) {
                1 => format!("attestations.{kind}"),
                _ => format!("attestations.{kind}.{number}"),
            };
            match pair {
                (Some(a), Some(b)) => values::field(&name, &one[a], &other[b], &mut found),
                (a, b) => {
                    let side = || Side::text("a statement");
                    found.push(Difference::new(name, a.map(|_| side()), b.map(|_| side())));
                }
            }
        }
    }
    found
}

/// Returns the predicates by type. Subjects are left out: the subject is the image, whose digest changes with any other difference.
fn by_type(statements: &[Value]) -> BTreeMap<&str, Vec<Value>> {
    let mut types: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for statement in statements {
        let kind = statement["predicateType"].as_str().unwrap_or("unknown");
        types.entry(kind).or_default().push(statement["predicate"].clone());
    }
    types
}
