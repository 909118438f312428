//! The JSON of a platform in image configurations and results (`config.md` of the OCI image specification, "Properties").

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Platform;

/// Writes OCI's form: `architecture` and `os` always, the other fields if they are not empty.
impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { os, architecture, variant, os_version, os_features } = self;
        Written { architecture, os, os_version, os_features, variant }.serialize(serializer)
    }
}

/// Reads OCI's form and normalises it. Unknown fields are ignored; absent ones and `null` are empty.
impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { architecture, os, os_version, os_features, variant } = Read::deserialize(deserializer)?;
        let [architecture, os, os_version, variant] =
            [architecture, os, os_version, variant].map(Option::unwrap_or_default);
        let platform = Self::of_parts(&os, &architecture, &variant);
        Ok(platform.with_os_version(&os_version, os_features.unwrap_or_default()))
    }
}

#[derive(Serialize)]
struct Written<'a> {
    architecture: &'a str,
    os: &'a str,
    #[serde(rename = "os.version", skip_serializing_if = "str::is_empty")]
    os_version: &'a str,
    #[serde(rename = "os.features", skip_serializing_if = "<[String]>::is_empty")]
    os_features: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    variant: &'a str,
}

#[derive(Deserialize)]
struct Read {
    architecture: Option<String>,
    os: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
    #[serde(rename = "os.features")]
    os_features: Option<Vec<String>>,
    variant: Option<String>,
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
