//! The images of files that `docker buildx build` or `docker buildx bake` wrote with `--metadata-file`.

use std::path::Path;

use serde_json::Value;

use crate::answer::Failure;
use crate::files;

/// An image in a file of metadata, as the builder and the frontend described it.
#[derive(Debug, Clone)]
pub(crate) struct BuiltImage {
    /// The file, and the target of bake.
    pub(crate) origin: String,
    /// The names under which the image was exported.
    pub(crate) names: Vec<String>,
    /// The digest of the image.
    pub(crate) digest: Option<String>,
    /// What the frontend said of the variant. `None` if another frontend built the image.
    pub(crate) variant: Option<BuiltVariant>,
}

/// What the frontend said of a variant (`frontend.varve.variant`).
#[derive(Debug, Clone)]
pub(crate) struct BuiltVariant {
    pub(crate) target: String,
    /// All axes of the family, with their values.
    pub(crate) axes: Vec<(String, String)>,
    pub(crate) platforms: Vec<String>,
    pub(crate) tags: Vec<String>,
}

impl BuiltVariant {
    /// The name of the variant: `app device=cuda`.
    pub(crate) fn name(&self) -> String {
        let axes = self.axes.iter().map(|(name, value)| format!(" {name}={value}"));
        format!("{}{}", self.target, axes.collect::<String>())
    }
}

/// Reads a file of metadata. A file of bake has an image for each target. Images without a digest and without a variant are left out.
///
/// # Errors
/// The file cannot be read or is not JSON.
pub(crate) fn read(path: &str) -> Result<Vec<BuiltImage>, Failure> {
    let text = files::text(Path::new(path))?;
    let json: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::File(format!("{path} is not the output of --metadata-file: {error}")))?;
    let targets = json.as_object().into_iter().flatten();
    let targets = targets.map(|(name, value)| (format!("{path}: {name}"), value));
    let all = std::iter::once((path.to_owned(), &json)).chain(targets);
    Ok(all.filter_map(|(origin, value)| image(origin, value)).collect())
}

fn image(origin: String, json: &Value) -> Option<BuiltImage> {
    let text = |key: &str| json.get(key).and_then(Value::as_str);
    let digest = text("containerimage.digest").map(str::to_owned);
    let variant = json.get("frontend.varve.variant").and_then(variant);
    let names = text("image.name").unwrap_or_default();
    let names = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let is_image = digest.is_some() || variant.is_some();
    is_image.then(|| BuiltImage { origin, names: names.collect(), digest, variant })
}

fn variant(json: &Value) -> Option<BuiltVariant> {
    let texts = |key: &str| {
        let list = json.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|item| Some(item.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let axes = json.get("axes").and_then(Value::as_object).into_iter().flatten();
    let axes = axes.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(BuiltVariant {
        target: json.get("target")?.as_str()?.to_owned(),
        axes: axes.collect(),
        platforms: texts("platforms"),
        tags: texts("tags"),
    })
}
