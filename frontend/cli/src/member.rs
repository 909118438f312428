//! How a variant is named in the output of commands.

use serde_json::Value;
use varve_spec::Member;

/// The name of a variant: `app device=cuda`.
pub(crate) fn name(member: &Member) -> String {
    let axes = member.axes.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("{}{}", member.target, axes.collect::<String>())
}

/// The axes of a variant as JSON: `{"device": "cuda"}`.
pub(crate) fn axes(member: &Member) -> Value {
    let axes = member.axes.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    Value::Object(axes.collect())
}
