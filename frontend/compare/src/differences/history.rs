//! Compares two histories.

use serde_json::Value;

use super::Times;
use super::align::align;
use super::difference::{Difference, Side};
use super::values;

pub(super) fn compare(first: &Value, second: &Value, times: Times) -> Vec<Difference> {
    let entries = |config: &Value| -> Vec<Value> {
        let entries = config["history"].as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|entry| without_times(entry, times)).collect()
    };
    let (first, second) = (entries(first), entries(second));
    let mut found = Vec::new();
    if first.len() != second.len() {
        let side = |entries: &[Value]| Side::count(entries.len(), "entries");
        found.push(Difference::changed("history", side(&first), side(&second)));
    }
    for pair in align(&first, &second, |one, other| one == other) {
        match pair {
            (Some(one), Some(other)) => {
                values::fields(&format!("history.{one}"), &first[one], &second[other], &mut found);
            }
            (one, other) => {
                let at = one.or(other).unwrap_or_default();
                let side = |entries: &[Value], at: usize| Side::value(&entries[at]);
                let (one, other) = (one.map(|at| side(&first, at)), other.map(|at| side(&second, at)));
                found.push(Difference::new(format!("history.{at}"), one, other));
            }
        }
    }
    found
}

fn without_times(mut entry: Value, times: Times) -> Value {
    if let (Some(fields), Times::LeaveOut) = (entry.as_object_mut(), times) {
        fields.remove("created");
    }
    entry
}
