//! Changes of the environment.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::variant::concrete::{ConcreteKind, ConcreteValue, Field};

/// A change of one environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvChange {
    /// The name of the variable.
    pub name: String,
    /// The change.
    pub change: EnvValue,
}

/// The change of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// Sets the value.
    Set(String),
    /// Puts this before the value, with a `:` between them. If the variable has no value, this becomes the value.
    Prepend(String),
    /// Puts this after the value, with a `:` between them. If the variable has no value, this becomes the value.
    Append(String),
    /// Removes the variable.
    Unset,
}

impl EnvChange {
    /// The value after the change, from the value before it. `None` if the variable is removed.
    ///
    /// ```
    /// use varve_spec::plan::{EnvChange, EnvValue};
    /// let change = EnvChange { name: "PATH".into(), change: EnvValue::Prepend("/opt/bin".into()) };
    /// assert_eq!(change.after(Some("/bin")), Some("/opt/bin:/bin".into()));
    /// assert_eq!(change.after(None), Some("/opt/bin".into()));
    /// ```
    pub fn after(&self, before: Option<&str>) -> Option<String> {
        let before = before.filter(|value| !value.is_empty());
        match (&self.change, before) {
            (EnvValue::Set(value) | EnvValue::Prepend(value) | EnvValue::Append(value), None) => {
                Some(value.clone())
            }
            (EnvValue::Set(value), Some(_)) => Some(value.clone()),
            (EnvValue::Prepend(value), Some(before)) => Some(format!("{value}:{before}")),
            (EnvValue::Append(value), Some(before)) => Some(format!("{before}:{value}")),
            (EnvValue::Unset, _) => None,
        }
    }
}

/// The changes under `env`, of a step, a stage or an image.
pub(in crate::plan) fn env(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Vec<EnvChange> {
    data.get("env").map(|env| changes(env, found)).unwrap_or_default()
}

/// The changes of a map of variables. Its entries are in short or long form.
pub(in crate::plan) fn changes(env: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Vec<EnvChange> {
    env.fields().iter().filter_map(|field| change(field, found)).collect()
}

fn change(field: &Field, found: &mut Vec<Diagnostic>) -> Option<EnvChange> {
    let name = field.key.to_string();
    let change = match &field.value.kind {
        ConcreteKind::Map(_, fields) => {
            let [_] = fields.as_slice() else {
                let error = Diagnostic::error(
                    Code::KeyConflict,
                    field.key_span,
                    format!("`{name}` has {} values", fields.len()),
                );
                found.push(error.help("use one of `value`, `prepend`, `append` and `unset`"));
                return None;
            };
            long_form(&field.value)?
        }
        _ => EnvValue::Set(field.value.as_text()?.to_owned()),
    };
    Some(EnvChange { name, change })
}

/// The change of an entry in long form, which has exactly one key.
fn long_form(entry: &ConcreteValue) -> Option<EnvValue> {
    let text = |key: &str| entry.text(key);
    let unset = || entry.bool("unset").filter(|unset| *unset).map(|_| EnvValue::Unset);
    let set = text("value").map(EnvValue::Set);
    let set = set.or_else(|| text("prepend").map(EnvValue::Prepend));
    set.or_else(|| text("append").map(EnvValue::Append)).or_else(unset)
}
