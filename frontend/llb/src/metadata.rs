//! Metadata of vertices. It is never part of a digest.

use std::collections::BTreeMap;

use buildkit_names::redacted;

/// The key of the name in the description (`WithCustomName` in client/llb/state.go).
const NAME: &str = "llb.customname";

/// How BuildKit displays and caches a vertex (`OpMetadata` in solver/pb/ops.proto).
///
/// Two steps with equal operations share one vertex. Their metadata is combined: the first name, progress group, limits and
/// value of each description key stay; `ignore_cache` and `export_cache` are true if one of the two is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The name in the progress display.
    pub name: Option<String>,
    /// Runs the operation even if its result is cached, and empties the cache mounts of a step.
    pub ignore_cache: bool,
    /// `true` exports the result to the cache in every cache mode; `false` never exports it.
    pub export_cache: Option<bool>,
    /// The group of vertices that the progress display shows as one line.
    pub progress_group: Option<ProgressGroup>,
    /// Texts for other tools. BuildKit passes them on and does not interpret them.
    pub description: BTreeMap<String, String>,
    /// The resource limits of a step. They require [`Capability::ExecMetaLinuxResources`](crate::Capability).
    pub limits: Option<Limits>,
}

impl Metadata {
    /// Creates metadata that has only a name. The name is for people, so `xxxxx` replaces the passwords of its URLs.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        let name: String = name.into();
        Self { name: Some(redacted(&name).into_owned()), ..Self::default() }
    }

    /// Returns the description as BuildKit encodes it, with the name under its key, sorted by key.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = || self.description.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let name = self.name.as_deref().or_else(|| self.description.get(NAME).map(String::as_str));
        let before = texts().take_while(|(key, _)| *key < NAME);
        let after = texts().skip_while(|(key, _)| *key <= NAME);
        before.chain(name.map(|name| (NAME, name))).chain(after)
    }

    /// Creates metadata from a description as BuildKit encodes it: the inverse of [`texts`](Self::texts).
    pub(crate) fn from_texts(mut description: BTreeMap<String, String>) -> Self {
        Self { name: description.remove(NAME), description, ..Self::default() }
    }

    pub(crate) fn join(&mut self, other: Self) {
        if self.name.is_none() {
            self.name = other.name;
        }
        self.ignore_cache |= other.ignore_cache;
        self.export_cache = self.export_cache.max(other.export_cache);
        if self.progress_group.is_none() {
            self.progress_group = other.progress_group;
        }
        if self.limits.is_none() {
            self.limits = other.limits;
        }
        for (key, text) in other.description {
            self.description.entry(key).or_insert(text);
        }
    }
}

/// A group of vertices that the progress display shows as one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressGroup {
    /// The id that all vertices of the group have.
    pub id: String,
    /// The name of the group in the progress display.
    pub name: String,
    /// Whether this vertex does not start the group by itself.
    pub weak: bool,
}

/// The resource limits of a step (`LinuxResources`). Zero and empty values set no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: i64,
    /// Memory and swap together, in bytes; -1 does not limit swap.
    pub memory_swap: i64,
    /// The weight of the step when processors are scarce.
    pub cpu_shares: u64,
    /// The period of the processor quota, in microseconds.
    pub cpu_period: u64,
    /// The processor time in each period, in microseconds.
    pub cpu_quota: i64,
    /// The processors that the step may use, such as `0-3,5`.
    pub cpuset_cpus: String,
    /// The memory nodes that the step may use, such as `0,1`.
    pub cpuset_mems: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_contains_no_password() {
        assert_eq!(Metadata::named("get https://u:p@h").name.as_deref(), Some("get https://u:xxxxx@h"));
    }

    #[test]
    fn the_first_name_stays_and_flags_are_combined() {
        let mut first = Metadata::named("one");
        first.export_cache = Some(false);
        first.description.insert("k".into(), "1".into());
        let mut second = Metadata { ignore_cache: true, export_cache: Some(true), ..Metadata::named("two") };
        second.description.insert("k".into(), "2".into());
        second.description.insert("l".into(), "2".into());
        first.join(second);
        assert_eq!(first.name.as_deref(), Some("one"));
        assert!(first.ignore_cache);
        assert_eq!(first.export_cache, Some(true));
        assert_eq!(first.description["k"], "1");
        assert_eq!(first.description["l"], "2");
    }
}
