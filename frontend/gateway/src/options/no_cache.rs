//! The stages that must not come from the cache.

/// The stages whose steps run even if their results are cached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    /// No stage: the cache is used everywhere.
    #[default]
    Nowhere,
    /// All stages, for `--no-cache`.
    Everywhere,
    /// The stages with these names, for `--no-cache-filter`.
    Stages(Vec<String>),
}

impl NoCache {
    /// Whether the stage with this name must not come from the cache. The case of the name does not matter.
    pub fn contains(&self, stage: &str) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Everywhere => true,
            Self::Stages(stages) => stages.iter().any(|name| name.to_lowercase() == stage.to_lowercase()),
        }
    }

    /// Parses the option. If it is absent, no stage is meant; if it is empty, all stages are; otherwise it is a list with commas.
    pub(super) fn parse(value: Option<&str>) -> Self {
        match value {
            None => Self::Nowhere,
            Some("") => Self::Everywhere,
            Some(stages) => Self::Stages(stages.split(',').map(str::to_owned).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_not_empty() {
        check(None, "a", false);
        check(Some(""), "a", true);
        check(Some("a,B"), "A", true);
        check(Some("a,B"), "b", true);
        check(Some("a,B"), "c", false);
        check(Some("a,"), "", true);

        fn check(value: Option<&str>, stage: &str, expect: bool) {
            assert_eq!(NoCache::parse(value).contains(stage), expect, "{value:?} {stage}");
        }
    }
}
