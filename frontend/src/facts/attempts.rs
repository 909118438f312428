//! The fetches that failed so far in this build.

use std::collections::BTreeMap;

/// How often fetches failed so far in this build, by URL.
#[derive(Debug, Clone, Default)]
pub struct Attempts(BTreeMap<String, u32>);

impl Attempts {
    /// How often the fetch from a URL failed.
    pub(crate) fn failed(&self, url: &str) -> u32 {
        self.0.get(url).copied().unwrap_or_default()
    }

    /// Whether no fetch failed so far.
    pub(crate) fn is_first(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts a failed fetch.
    pub(crate) fn add(&mut self, url: &str) {
        *self.0.entry(url.to_owned()).or_default() += 1;
    }
}
