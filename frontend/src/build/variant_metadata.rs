//! What the result of a build says about its variant: a description for the client, and the names for exporters that ask for them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use buildkit_names::Reference;
use serde_json::{Map, Value, json};

use super::lowered_build::LoweredPlatform;

/// The key of the result under which the client gets the description of the variant.
const VARIANT: &str = "frontend.varve.variant";

/// The key of the names that an exporter uses if its own name is `*` (`exporter/containerimage/export.go` and `exporter/oci/export.go`).
const NAMES: &str = "image.name";

/// Encodes JSON for the client. The daemon passes keys that start with `frontend.` to the client (`solver/llbsolver/solver.go`), whatever
/// the output is. buildx writes a JSON map into its file of metadata if it is encoded as base64 (`commands/build.go`).
pub(crate) fn for_client(key: &str, json: &Value) -> (String, Vec<u8>) {
    (key.to_owned(), BASE64.encode(json.to_string().as_bytes()).into_bytes())
}

/// Describes the variant, as keys and values of the result. Both keys have the tags of all platforms, each once.
pub(crate) fn metadata(build: &[LoweredPlatform]) -> Vec<(String, Vec<u8>)> {
    let Some(first) = build.first() else { return Vec::new() };
    let target = &first.plan.target;
    let platforms = |of: &dyn Fn(&LoweredPlatform) -> bool| {
        build.iter().filter(|one| of(one)).map(|one| one.platform.to_string()).collect::<Vec<_>>()
    };
    let unpublished = platforms(&|one| !one.publish);
    let publish = unpublished.is_empty();
    let tags = once(build.iter().filter(|_| publish).flat_map(|one| one.tags.iter().cloned()));
    let axes = first.axes.iter().map(|(axis, value)| (axis.clone(), json!(value)));
    let variant = json!({
        "target": target,
        "axes": axes.collect::<Map<_, _>>(),
        "platforms": platforms(&|_| true),
        "publish": publish,
        "tags": tags,
    });
    // Exporters split the names at commas, and push nothing if there are none. They quote what is no name in their error.
    let names = if !publish {
        let which = if unpublished.len() == build.len() {
            String::new()
        } else {
            format!(" on {}", unpublished.join(" "))
        };
        format!("`{target}` (it is not published{which}: write name=NAME in place of name=*)")
    } else if tags.is_empty() {
        format!("`{target}` (it has no tags: add them to the target or write name=NAME in place of name=*)")
    } else {
        // Exporters do not complete these names.
        let canonical = |tag: String| tag.parse().map_or(tag, |tag: Reference| tag.canonical());
        once(tags.into_iter().map(canonical)).join(",")
    };
    vec![for_client(VARIANT, &variant), (NAMES.to_owned(), names.into_bytes())]
}

/// Removes texts that are there already.
fn once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}
