//! The budget of expansion: how much the expressions, repetitions, fragments and mixins of a build file may make of it.
//!
//! A unit is a string, list, map, item of a list, use of a fragment, pass of a repetition, or recorded decision. A string costs one
//! more for every 64 bytes. A part that expands to nothing costs as much as any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::{MAX_TEXT_BYTES, Value};

/// The budget of one plan. A plan of that size has about as many operations as one message to BuildKit can hold.
const MAX_EXPANDED: usize = 100_000;
/// The budget of a query about a family: what all its variants together may take, apart from their plans.
const MAX_EXPANDED_TOGETHER: usize = 600_000;

/// What the expansion of one plan, or of all variants for one query, may still take. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// The budget of one plan.
    pub(crate) fn of_plan() -> Self {
        Self(Arc::new(AtomicUsize::new(MAX_EXPANDED)))
    }

    /// The budget of a query about a family.
    pub(crate) fn of_query() -> Self {
        Self(Arc::new(AtomicUsize::new(MAX_EXPANDED_TOGETHER)))
    }

    /// Takes units from the budget. Returns `false` if there are not enough left; then nothing is left.
    pub(crate) fn charge(&self, units: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed).checked_sub(units);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        left.is_some()
    }

    /// Whether nothing is left.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// The units that a plan with this budget has taken.
    pub(crate) fn taken_by_plan(&self) -> usize {
        MAX_EXPANDED - self.0.load(Ordering::Relaxed)
    }
}

/// The units that a value costs each time that an expression reads it, beyond those of the expression: one for every 64 bytes of
/// a string, or for every 16 items of a list.
pub(crate) fn weight(value: &Value) -> usize {
    fn items(value: &Value) -> usize {
        match value {
            Value::List(list) => list.iter().map(items).sum::<usize>() + list.len(),
            _ => 0,
        }
    }
    match value {
        Value::Text(text) => text.len() / 64,
        Value::List(_) => items(value) / 16,
        Value::Bool(_) | Value::Record(_) => 0,
    }
}

/// The message of the error for an exhausted budget.
pub(crate) const TOO_MUCH: &str = "expressions, repetitions and fragments make this file too large";

/// The error for an exhausted budget, at the place that is too much.
pub(crate) fn too_much(at: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::BadValue, at, TOO_MUCH);
    let error = error.label(format!(
        "the limits are {MAX_EXPANDED} strings, lists, maps and recorded decisions in a variant, {MAX_EXPANDED_TOGETHER} in the \
         tags and conditions of all variants, and {MAX_TEXT_BYTES} bytes in a string"
    ));
    error.help("use fewer fragments inside of fragments, and repeat over fewer values")
}
