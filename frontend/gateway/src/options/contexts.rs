//! Named contexts: the sources that the user substitutes for images and stages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{InvalidOption, Options};
use crate::Platform;

/// The metadata of an input by key. The key of its image config is `containerimage.config`.
pub type InputMetadata = BTreeMap<String, Vec<u8>>;

/// A named context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedContext<'a> {
    /// The name that the client sent. It contains the platform if the context is for one platform. The names of steps and the
    /// shared key contain it.
    pub name: &'a str,
    /// The source: `docker-image://...`, `local:NAME`, `input:NAME`, `oci-layout://...`, or the URL of a git repository or of a
    /// file.
    pub value: &'a str,
    /// The shared key of the folder, for incremental transfers. It is empty if the client sent none.
    pub shared_key: &'a str,
}

impl Options {
    /// Returns the named context that replaces a stage or an image. A context for the platform takes precedence over one for all
    /// platforms.
    ///
    /// The name of an image is its familiar name, without `docker.io/library/` and `:latest`.
    pub fn named_context(&self, name: &str, platform: &Platform) -> Option<NamedContext<'_>> {
        let of_platform = self.named_contexts.get_key_value(&format!("{name}::{platform}"));
        let (name, value) = of_platform.or_else(|| self.named_contexts.get_key_value(name))?;
        let shared_key = self.shared_keys.get(name).map_or("", String::as_str);
        Some(NamedContext { name, value, shared_key })
    }

    /// Returns the session of a local source. The default is the session of the build.
    pub fn session_of<'a>(&'a self, local: &str, build: &'a str) -> &'a str {
        self.local_sessions.get(local).map_or(build, String::as_str)
    }
}

/// Parses JSON objects whose values are bytes in base64.
pub(super) fn input_metadata(
    opts: BTreeMap<String, String>,
) -> Result<BTreeMap<String, InputMetadata>, InvalidOption> {
    let mut metadata = BTreeMap::new();
    for (name, json) in opts {
        let invalid = |reason: String| {
            InvalidOption(format!("failed to parse input metadata {json} of {name}: {reason}"))
        };
        let encoded: Option<BTreeMap<String, Option<String>>> =
            serde_json::from_str(&json).map_err(|error| invalid(error.to_string()))?;
        let mut decoded = BTreeMap::new();
        for (key, value) in encoded.unwrap_or_default() {
            let bytes = BASE64.decode(value.unwrap_or_default());
            decoded.insert(key, bytes.map_err(|error| invalid(error.to_string()))?);
        }
        metadata.insert(name, decoded);
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(opts: &[(&str, &str)]) -> Result<Options, InvalidOption> {
        Options::read(&opts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_context_for_the_platform_takes_precedence() {
        let options = options(&[
            ("context", "https://example.com/x.git"),
            ("context:base", "docker-image://alpine"),
            ("context:base::linux/arm64", "local:base"),
            ("sharedkey:localdir:base::linux/arm64", "k"),
            ("sharedkey:localdir:base", "other"),
        ])
        .unwrap();
        check(&options, "base", "linux/arm64", Some(("base::linux/arm64", "local:base", "k")));
        check(&options, "base", "linux/amd64", Some(("base", "docker-image://alpine", "other")));
        check(&options, "bas", "linux/amd64", None);
        check(&options, "context", "linux/amd64", None);

        fn check(options: &Options, name: &str, platform: &str, expect: Option<(&str, &str, &str)>) {
            let found = options.named_context(name, &platform.parse().unwrap());
            assert_eq!(found.map(|context| (context.name, context.value, context.shared_key)), expect);
        }
    }

    #[test]
    fn a_local_source_can_have_a_session_of_its_own() {
        let options = options(&[("local-sessionid:context", "s2")]).unwrap();
        assert_eq!(
            (options.session_of("context", "s1"), options.session_of("dockerfile", "s1")),
            ("s2", "s1")
        );
    }

    #[test]
    fn metadata_of_inputs_is_decoded() {
        check(
            r#"{"containerimage.config":"e30=","x":null}"#,
            Ok(&[("containerimage.config", b"{}"), ("x", b"")]),
        );
        check("null", Ok(&[]));
        check("{", Err("failed to parse input metadata { of n: EOF while parsing an object"));
        check(r#"{"x":"%"}"#, Err(r#"failed to parse input metadata {"x":"%"} of n: Invalid"#));

        fn check(json: &str, expect: Result<&[(&str, &[u8])], &str>) {
            let found =
                options(&[("input-metadata:n", json)]).map(|mut options| options.input_metadata.remove("n"));
            match expect {
                Ok(expect) => {
                    let entry = |(key, value): &(&str, &[u8])| ((*key).to_owned(), value.to_vec());
                    assert_eq!(found, Ok(Some(expect.iter().map(entry).collect())));
                }
                Err(start) => {
                    let message = found.unwrap_err().to_string();
                    assert!(message.starts_with(start), "{message}");
                }
            }
        }
    }
}
