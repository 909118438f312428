//! What is known about a vertex beside its content: never part of its identity.

use std::collections::BTreeMap;

/// The key of the name among the texts (client/llb/state.go `WithCustomName`).
const NAME: &str = "llb.customname";

/// How a vertex is shown and cached; `OpMetadata` in solver/pb/ops.proto.
///
/// Two steps can turn out to be one vertex. Then the first name, progress group, limits and description of each key stay, and
/// `ignore_cache` and `export_cache` hold if either asks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The name in the progress display.
    pub name: Option<String>,
    /// Run even if the result is in the cache, and empty the cache mounts of a step.
    pub ignore_cache: bool,
    /// `true` to export the result to the cache whatever the mode, `false` never to.
    pub export_cache: Option<bool>,
    /// The group of vertices that are shown as one.
    pub progress_group: Option<ProgressGroup>,
    /// Texts by key, for tools that read them; BuildKit hands them on.
    pub description: BTreeMap<String, String>,
    /// What a step may use of the machine. Needs [`Capability::ExecMetaLinuxResources`](crate::Capability).
    pub limits: Option<Limits>,
}

impl Metadata {
    /// Only a name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// The texts by key as BuildKit knows them, the name among them, in the order of keys.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = || self.description.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let name = self.name.as_deref().or_else(|| self.description.get(NAME).map(String::as_str));
        let before = texts().take_while(|(key, _)| *key < NAME);
        let after = texts().skip_while(|(key, _)| *key <= NAME);
        before.chain(name.map(|name| (NAME, name))).chain(after)
    }

    /// What the texts by key say, the name among them: the inverse of [`texts`](Self::texts).
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

/// Vertices that the progress display shows as one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressGroup {
    /// What the vertices of the group have in common.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// Whether this vertex alone does not start the group.
    pub weak: bool,
}

/// What a step may use of the machine; what is zero or empty is not limited (`LinuxResources`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: i64,
    /// Memory and swap together, in bytes; -1 for as much swap as there is.
    pub memory_swap: i64,
    /// The weight among others.
    pub cpu_shares: u64,
    /// The period that the quota is of, in microseconds.
    pub cpu_period: u64,
    /// Microseconds of each period.
    pub cpu_quota: i64,
    /// Processors, such as `0-3,5`.
    pub cpuset_cpus: String,
    /// Memory nodes, likewise.
    pub cpuset_mems: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_name_stays_and_flags_add_up() {
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
