//! The caches to import.

use super::InvalidOption;
use crate::CacheImport;

/// Parses the option `cache-imports`, which is a JSON list, and the older option `cache-from`, which is a list of references with
/// commas. The caches of `cache-from` follow those of `cache-imports`.
pub(super) fn parse(imports: &str, from: &str) -> Result<Vec<CacheImport>, InvalidOption> {
    let mut caches = Vec::new();
    if !imports.is_empty() {
        let listed: Option<Vec<Option<CacheImport>>> = serde_json::from_str(imports).map_err(|error| {
            InvalidOption(format!("failed to unmarshal cache-imports ({imports:?}): {error}"))
        })?;
        caches.extend(listed.into_iter().flatten().flatten());
    }
    if !from.is_empty() {
        caches.extend(from.split(',').map(|reference| CacheImport {
            kind: "registry".to_owned(),
            attrs: [("ref".to_owned(), reference.to_owned())].into(),
        }));
    }
    Ok(caches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_options_count() {
        check("", "", &[]);
        check("null", "", &[]);
        check("[null]", "", &[]);
        check(r#"[{"Type":"gha"}]"#, "", &[("gha", &[])]);
        check(r#"[{"type":"gha","attrs":null,"New":1}]"#, "", &[("gha", &[])]);
        check(r#"[{"Type":"registry","Attrs":{"ref":"a","x":"y"}}]"#, "b,c:1", {
            &[
                ("registry", &[("ref", "a"), ("x", "y")]),
                ("registry", &[("ref", "b")]),
                ("registry", &[("ref", "c:1")]),
            ]
        });

        fn check(imports: &str, from: &str, expect: &[(&str, &[(&str, &str)])]) {
            let attr = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            let cache = |(kind, attrs): &(&str, &[(&str, &str)])| CacheImport {
                kind: (*kind).to_owned(),
                attrs: attrs.iter().map(attr).collect(),
            };
            assert_eq!(parse(imports, from), Ok(expect.iter().map(cache).collect()));
        }
    }

    #[test]
    fn the_error_shows_the_invalid_json() {
        let error = parse("[{]", "").unwrap_err().to_string();
        assert!(error.starts_with("failed to unmarshal cache-imports (\"[{]\"): "), "{error}");
    }
}
