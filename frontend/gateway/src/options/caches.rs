//! Caches to import.

use super::InvalidOption;
use crate::CacheImport;

/// Reads the option `cache-imports`, a JSON list, and behind those the older `cache-from`, references with commas.
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
