//! The names that a family gives to images and caches in registries.

use varve_spec::Cache;

/// The part of a tag before the last colon: its repository.
pub(crate) fn repository(tag: &str) -> &str {
    match tag.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => tag,
    }
}

/// A tag with `*` in place of each fact, such as `{facts.torch}`, which can be any text.
pub(crate) fn any_fact(tag: &str) -> String {
    let mut pattern = String::new();
    let mut rest = tag;
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        pattern += before;
        pattern.push('*');
        rest = after;
    }
    pattern + rest
}

/// The references of those caches that are in a registry.
pub(crate) fn cache_references<'c>(caches: impl Iterator<Item = &'c Cache>) -> impl Iterator<Item = &'c str> {
    let attributes = caches.filter(|cache| cache.kind == "registry").flat_map(|cache| &cache.attributes);
    attributes.filter(|(key, _)| key == "ref").map(|(_, value)| value.as_str())
}

/// The name under which a job of `varve ci` writes a cache that is for several platforms. `own` in `ci/github/build.sh` does the same.
pub(crate) fn cache_of_platform(reference: &str, platform: &str) -> String {
    let suffix = platform.split('/').skip(1).collect::<Vec<_>>().join("-");
    let sign = if repository(reference) == reference { ':' } else { '-' };
    format!("{reference}{sign}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_of_several_platforms_has_a_name_for_each() {
        let check = |reference: &str, expect: &str| {
            assert_eq!(cache_of_platform(reference, "linux/arm/v7"), expect);
        };
        check("r.test/cache:main", "r.test/cache:main-arm-v7");
        check("r.test:5000/cache", "r.test:5000/cache:arm-v7");
    }

    #[test]
    fn a_fact_is_any_text() {
        assert_eq!(any_fact("a/b:1-{facts.torch}-{facts.os}x"), "a/b:1-*-*x");
        assert_eq!(any_fact("a/b:{open"), "a/b:{open");
    }
}
