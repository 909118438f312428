//! The JSON of a platform: OCI's, as image configs and results have it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Platform;
use crate::lenient::null_as_default;

/// As OCI writes a platform: `architecture` and `os` always, the others when they are not empty.
impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Spec {
            architecture: Cow::Borrowed(&self.architecture),
            os: Cow::Borrowed(&self.os),
            os_version: Cow::Borrowed(&self.os_version),
            os_features: Cow::Borrowed(&self.os_features),
            variant: Cow::Borrowed(&self.variant),
        }
        .serialize(serializer)
    }
}

/// Reads OCI's form and normalises it; fields that are unknown or `null` are ignored.
impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = Spec::deserialize(deserializer)?;
        let features = spec.os_features.into_owned();
        Ok(Self::of_parts(&spec.os, &spec.architecture, &spec.variant, &spec.os_version, features))
    }
}

#[derive(Serialize, Deserialize)]
struct Spec<'a> {
    #[serde(default, deserialize_with = "null_as_default")]
    architecture: Cow<'a, str>,
    #[serde(default, deserialize_with = "null_as_default")]
    os: Cow<'a, str>,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        rename = "os.version",
        skip_serializing_if = "str::is_empty"
    )]
    os_version: Cow<'a, str>,
    #[serde(
        default,
        deserialize_with = "null_as_default",
        rename = "os.features",
        skip_serializing_if = "<[String]>::is_empty"
    )]
    os_features: Cow<'a, [String]>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "str::is_empty")]
    variant: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_oci_writes_it() {
        check("linux/amd64", r#"{"architecture":"amd64","os":"linux"}"#);
        check("linux/arm/v7", r#"{"architecture":"arm","os":"linux","variant":"v7"}"#);
        check(
            "windows(10.0+win32k)/amd64",
            r#"{"architecture":"amd64","os":"windows","os.version":"10.0","os.features":["win32k"]}"#,
        );

        fn check(name: &str, json: &str) {
            let platform: Platform = name.parse().unwrap();
            assert_eq!(serde_json::to_string(&platform).unwrap(), json);
            assert_eq!(serde_json::from_str::<Platform>(json).unwrap(), platform);
        }
    }

    #[test]
    fn read_leniently() {
        check(r#"{"os":"linux","architecture":"aarch64","variant":"v8","new":1}"#, "linux/arm64");
        check(r#"{"os":"linux","architecture":"arm","variant":null,"os.features":null}"#, "linux/arm/v7");

        fn check(json: &str, expect: &str) {
            assert_eq!(serde_json::from_str::<Platform>(json).unwrap().to_string(), expect);
        }
    }
}
