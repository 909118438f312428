//! Named contexts: what the user put in place of images and stages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{InvalidOption, Options};
use crate::Platform;

/// Facts about an input by name, such as its image config under `containerimage.config`.
pub type InputMetadata = BTreeMap<String, Vec<u8>>;

/// A named context that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedContext<'a> {
    /// Its name as it was sent, the platform included if it is for one only. It is part of the names of steps,
    /// and of the name its shared key has.
    pub name: &'a str,
    /// What it is: `docker-image://...`, `local:NAME`, `input:NAME`, `oci-layout://...`, or the URL of a git
    /// repository or a file.
    pub value: &'a str,
    /// What marks its folder, for incremental transfer; empty for none.
    pub shared_key: &'a str,
}

impl Options {
    /// Finds what stands in for a stage or an image: a context for that very platform, else one for all.
    ///
    /// The name of an image is its familiar one, without `docker.io/library/` and `:latest`.
    pub fn named_context(&self, name: &str, platform: &Platform) -> Option<NamedContext<'_>> {
        let of_platform = self.named_contexts.get_key_value(&format!("{name}::{platform}"));
        let (name, value) = of_platform.or_else(|| self.named_contexts.get_key_value(name))?;
        let shared_key = self.shared_keys.get(name).map_or("", String::as_str);
        Some(NamedContext { name, value, shared_key })
    }

    /// The session that a local source comes from: one of its own, else that of the build.
    pub fn session_of<'a>(&'a self, local: &str, build: &'a str) -> &'a str {
        self.local_sessions.get(local).map_or(build, String::as_str)
    }
}

/// Reads JSON objects whose values are bytes in base64.
pub(super) fn input_metadata(
    opts: BTreeMap<String, String>,
) -> Result<BTreeMap<String, InputMetadata>, InvalidOption> {
    opts.into_iter()
        .map(|(name, json)| {
            let invalid = |reason: String| {
                InvalidOption(format!("failed to parse input metadata {json} of {name}: {reason}"))
            };
            let encoded: Option<BTreeMap<String, Option<String>>> =
                serde_json::from_str(&json).map_err(|error| invalid(error.to_string()))?;
            let decoded = encoded
                .unwrap_or_default()
                .into_iter()
                .map(|(key, value)| Ok((key, BASE64.decode(value.unwrap_or_default())?)))
                .collect::<Result<_, base64::DecodeError>>()
                .map_err(|error| invalid(error.to_string()))?;
            Ok((name, decoded))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(opts: &[(&str, &str)]) -> Result<Options, InvalidOption> {
        Options::read(&opts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_context_for_the_platform_comes_first() {
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
