//! The JSON of a platform: OCI's, as image configs and results have it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Platform;

/// As OCI writes a platform: `architecture` and `os` always, the others when they are not empty.
impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Spec {
            architecture: Cow::Borrowed(&self.architecture),
            os: Cow::Borrowed(&self.os),
            os_version: Cow::Borrowed(&self.os_version),
            os_features: Some(Cow::Borrowed(&self.os_features)),
            variant: Cow::Borrowed(&self.variant),
        }
        .serialize(serializer)
    }
}

/// Reads OCI's form and normalises it; fields that are unknown or `null` are ignored.
impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = Spec::deserialize(deserializer)?;
        let features = spec.os_features.unwrap_or_default().into_owned();
        Ok(Self::of_parts(&spec.os, &spec.architecture, &spec.variant, &spec.os_version, features))
    }
}

#[derive(Serialize, Deserialize)]
struct Spec<'a> {
    #[serde(default)]
    architecture: Cow<'a, str>,
    #[serde(default)]
    os: Cow<'a, str>,
    #[serde(default, rename = "os.version", skip_serializing_if = "str::is_empty")]
    os_version: Cow<'a, str>,
    #[serde(default, rename = "os.features", skip_serializing_if = "no_features")]
    os_features: Option<Cow<'a, [String]>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    variant: Cow<'a, str>,
}

fn no_features(features: &Option<Cow<'_, [String]>>) -> bool {
    features.as_ref().is_none_or(|features| features.is_empty())
}
