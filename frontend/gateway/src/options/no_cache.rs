//! Which stages must not come from the cache.

/// Stages whose steps run although their results are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    /// None: the cache is used everywhere.
    #[default]
    Nowhere,
    /// All, as `--no-cache` asks.
    Everywhere,
    /// Those of these names, as `--no-cache-filter` asks.
    Stages(Vec<String>),
}

impl NoCache {
    /// Whether the stage of that name must not come from the cache. Case does not matter.
    pub fn contains(&self, stage: &str) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Everywhere => true,
            Self::Stages(stages) => stages.iter().any(|name| name.to_lowercase() == stage.to_lowercase()),
        }
    }

    /// Reads the option: absent, empty for all, or a list with commas.
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
