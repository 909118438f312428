//! How a variant is named in the output of commands, and which of them a registry has.

use serde_json::Value;
use varve_spec::{Member, Output};

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

/// The variants of which a registry has the images, under tags that are known without a build. Adds a line to `err` for each variant with
/// tags that only a build knows.
pub(crate) fn published(members: Vec<Member>, err: &mut String) -> Vec<Member> {
    let is_image = |member: &Member| member.publish && member.delivery.output == Output::Image;
    let images: Vec<Member> = members.into_iter().filter(is_image).collect();
    for member in images.iter().filter(|member| !member.tags_with_facts.is_empty()) {
        let tags = member.tags_with_facts.join(", ");
        *err +=
            &format!("varve: `{}` is left out as a tag of `{}`: only a build knows it\n", tags, name(member));
    }
    images.into_iter().filter(|member| !member.tags.is_empty()).collect()
}
