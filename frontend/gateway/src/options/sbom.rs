//! The software bill of materials of an image.

use std::collections::BTreeMap;

use buildkit_names::map_of;

use super::{InvalidOption, csv};

/// How to create a software bill of materials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sbom {
    /// The reference of the image with the generator, as the user wrote it.
    pub generator: String,
    /// The parameters of the generator.
    pub parameters: BTreeMap<String, String>,
}

impl Sbom {
    /// Parses `attest:sbom`, or the build argument with the same meaning.
    ///
    /// # Errors
    /// Returns an error about an attestation of an unknown kind (`frontend/attestations/parse.go`), or if the value is invalid.
    pub(super) fn read(opts: &BTreeMap<String, String>) -> Result<Option<Self>, InvalidOption> {
        let mut found = None;
        for (kind, value) in requested(opts) {
            match kind.as_str() {
                "provenance" => {}
                "sbom" => found = Some(Self::parse(value)?),
                other => return Err(InvalidOption(format!("unknown attestation type {other:?}"))),
            }
        }
        Ok(found)
    }

    fn parse(value: &str) -> Result<Self, InvalidOption> {
        let fields =
            csv::fields(value).map_err(|reason| InvalidOption(format!("failed to parse sbom: {reason}")))?;
        let pair = |field: &String| {
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            (key.to_owned(), value.to_owned())
        };
        let mut parameters = map_of(fields.iter().map(pair));
        let generator = parameters.remove("generator").unwrap_or_else(|| DEFAULT_GENERATOR.to_owned());
        if generator.is_empty() {
            return Err(InvalidOption("sbom scanner cannot be empty".to_owned()));
        }
        Ok(Self { generator, parameters })
    }
}

/// Whether the options ask for an attestation that every exporter keeps. An exporter to a file leaves out provenance that is
/// `inline-only`, which buildx asks for by itself.
pub(super) fn keeps_attestations(opts: &BTreeMap<String, String>) -> bool {
    let is_inline_only = |value: &str| {
        csv::fields(value).is_ok_and(|fields| fields.iter().any(|field| field == "inline-only=true"))
    };
    requested(opts).any(|(_, value)| !is_inline_only(value))
}

/// The attestations that the options ask for: each kind in lower case, with its attributes.
fn requested(opts: &BTreeMap<String, String>) -> impl Iterator<Item = (String, &str)> {
    opts.iter().filter_map(|(key, value)| {
        let kind = key.strip_prefix("attest:").or_else(|| key.strip_prefix("build-arg:BUILDKIT_ATTEST_"))?;
        Some((kind.to_lowercase(), value.as_str()))
    })
}

const DEFAULT_GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestations_that_every_exporter_keeps() {
        let check = |key: &str, value: &str, expect: bool| {
            let opts = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            assert_eq!(keeps_attestations(&opts), expect, "{key}={value}");
        };
        check("attest:provenance", "mode=max", true);
        check("attest:provenance", "", true);
        check("attest:provenance", "mode=min,inline-only=true", false);
        check("attest:sbom", "", true);
        check("build-arg:BUILDKIT_ATTEST_PROVENANCE", "mode=max", true);
        check("platform", "linux/amd64", false);
    }

    #[test]
    fn attestations() {
        check(&[], Ok(None));
        check(&[("attest:provenance", "mode=min"), ("attestation", "x")], Ok(None));
        check(&[("attest:sbom", "")], Ok(Some((DEFAULT_GENERATOR, &[]))));
        check(&[("build-arg:BUILDKIT_ATTEST_SBOM", "")], Ok(Some((DEFAULT_GENERATOR, &[]))));
        check(&[("attest:sbom", "generator=x/scan:1,\"a=1,2\",b")], {
            Ok(Some(("x/scan:1", &[("a", "1,2"), ("b", "")])))
        });
        check(&[("attest:sbom", "generator=")], Err("sbom scanner cannot be empty"));
        check(&[("attest:sbom", "\"")], Err("failed to parse sbom: the quoted field \" does not end"));
        check(&[("attest:vex", "")], Err("unknown attestation type \"vex\""));
        check(&[("build-arg:BUILDKIT_ATTEST_VEX", "")], Err("unknown attestation type \"vex\""));

        type Expected<'a> = Option<(&'a str, &'a [(&'a str, &'a str)])>;
        fn check(opts: &[(&str, &str)], expect: Result<Expected<'_>, &str>) {
            let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            let sbom = |(generator, parameters): (&str, &[(&str, &str)])| Sbom {
                generator: generator.to_owned(),
                parameters: parameters.iter().map(owned).collect(),
            };
            let found = Sbom::read(&opts.iter().map(owned).collect());
            assert_eq!(
                found.map_err(|error| error.to_string()),
                expect.map(|expect| expect.map(sbom)).map_err(str::to_owned)
            );
        }
    }
}
