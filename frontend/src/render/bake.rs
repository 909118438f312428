//! Renders the matrix as a file for `docker buildx bake`: a target for each variant, a group for each target of the family, and the
//! group `default` with the published variants.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use varve_spec::{Family, Member, set_of};

use super::carried;

/// The group that bake builds if the user names none.
const DEFAULT: &str = "default";

/// The paths of a build, relative to where bake looks for them.
pub struct Place<'a> {
    /// The path of the build file, relative to the context if the context is a folder.
    pub file: &'a str,
    /// The context: a folder or an address.
    pub context: &'a str,
}

/// Renders the matrix as bake's JSON.
pub fn bake(family: &Family, builds: &[Member], place: &Place<'_>) -> Value {
    let names = names(builds);
    let targets = names.iter().zip(builds).map(|(name, build)| {
        let mut target = json!({
            "context": literal(place.context),
            "dockerfile": literal(place.file),
            "target": literal(&build.target),
        });
        let args: Map<String, Value> =
            build.args.iter().map(|(name, value)| (name.clone(), literal(value).into())).collect();
        let list = |texts: &[String]| texts.iter().map(|text| literal(text)).collect::<Vec<_>>();
        let more = [
            ("args", json!(args)),
            ("platforms", json!(list(&build.platforms))),
            ("tags", json!(list(&build.tags))),
            ("labels", carried::labels(build)),
            ("output", json!(list(&carried::output(build)))),
            ("cache-from", json!(list(&carried::caches(&build.delivery.cache_from)))),
            ("cache-to", json!(list(&carried::caches(&build.delivery.cache_to)))),
            ("secret", json!(list(&carried::secrets(build)))),
            ("ssh", json!(list(&carried::ssh(build)))),
            ("entitlements", json!(carried::entitlements(build))),
        ];
        for (key, value) in more {
            if value.as_array().is_none_or(|list| !list.is_empty())
                && value.as_object().is_none_or(|map| !map.is_empty())
            {
                target[key] = value;
            }
        }
        (name.clone(), target)
    });
    json!({"group": groups(family, builds, &names), "target": targets.collect::<Map<_, _>>()})
}

/// Returns the groups. `default` has the published variants of the default target, or of all targets if there is no default one.
/// Each other group has all variants of a target.
fn groups(family: &Family, builds: &[Member], names: &[String]) -> Map<String, Value> {
    let default = family.default().filter(|name| builds.iter().any(|build| build.target == *name));
    let all = || builds.iter().zip(names);
    let published =
        all().filter(|(build, _)| build.publish && default.is_none_or(|name| build.target == name));
    let published: Vec<&String> = published.map(|(_, name)| name).collect();
    let mut groups = Map::new();
    if !published.is_empty() {
        groups.insert(DEFAULT.to_owned(), json!({"targets": published}));
    }
    for name in group_names(builds) {
        let of = all().filter(|(build, _)| word(&build.target) == name).map(|(_, name)| name);
        groups.insert(name.clone(), json!({"targets": of.collect::<Vec<_>>()}));
    }
    groups
}

/// Returns the names of the groups for targets of the family. A target has a group if it has axes or several variants.
fn group_names(builds: &[Member]) -> BTreeSet<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    builds.iter().for_each(|build| *count.entry(word(&build.target)).or_default() += 1);
    let several = builds.iter().map(|build| (word(&build.target), build));
    let several = several.filter(|(name, build)| count[name] > 1 || !build.axes.is_empty());
    set_of(several.map(|(name, _)| name).filter(|name| name != DEFAULT))
}

/// Returns a unique name for each variant: its target and the values of its axes. If that name is taken, its platforms are added,
/// and then a number.
pub fn names(builds: &[Member]) -> Vec<String> {
    let mut taken = group_names(builds);
    taken.insert(DEFAULT.to_owned());
    let name = |build: &Member| {
        let values = build.axes.iter().map(|(_, value)| value);
        let words = [&build.target].into_iter().chain(values);
        let plain = words.map(|text| word(text)).collect::<Vec<_>>().join("-");
        let platforms = build.platforms.iter().map(|platform| word(platform));
        let longer = [plain.clone()].into_iter().chain(platforms).collect::<Vec<_>>().join("-");
        let numbered = (2..).map(|number| format!("{longer}-{number}"));
        let mut free = [plain, longer.clone()].into_iter().chain(numbered);
        let name = free.find(|name| taken.insert(name.clone()));
        name.unwrap_or_default()
    };
    builds.iter().map(name).collect()
}

/// Replaces all characters that names of bake cannot contain (`validateTargetName` in `bake/bake.go`).
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// Escapes a text so that bake does not read it as a template.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(target: &str, values: &[&str], platforms: &[&str]) -> Member {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let axes: Vec<(String, String)> =
            values.iter().map(|value| ("axis".to_owned(), (*value).to_owned())).collect();
        let target = target.to_owned();
        Member {
            target,
            args: axes.clone(),
            axes,
            platforms: owned(platforms),
            tags: Vec::new(),
            tags_with_facts: Vec::new(),
            publish: true,
            delivery: Default::default(),
            needs: Default::default(),
            tests: Vec::new(),
            key: None,
        }
    }

    #[test]
    fn names_contain_the_variant_and_are_unique() {
        let check = |builds: &[Member], expect: &[&str]| assert_eq!(names(builds), expect);
        check(
            &[build("app", &["cuda12.9", "a_b"], &[]), build("app", &["cpu", "a+b"], &[])],
            &["app-cuda12_9-a_b", "app-cpu-a_b"],
        );
        check(&[build("tools", &[], &[]), build("v1.2", &[], &[])], &["tools", "v1_2"]);
        // Variants that differ only in characters that a name cannot contain, or in their platforms, and names that groups have.
        check(&[build("app", &["a.b"], &[]), build("app", &["a_b"], &[])], &["app-a_b", "app-a_b-2"]);
        check(
            &[build("app", &[], &["linux/amd64"]), build("app", &[], &["linux/arm64"])],
            &["app-linux_amd64", "app-linux_arm64"],
        );
        check(&[build("default", &[], &[])], &["default-2"]);
        check(&[build("app", &["x"], &[]), build("app-x", &[], &[])], &["app-x", "app-x-2"]);
    }

    #[test]
    fn texts_are_not_templates() {
        assert_eq!(literal("a${b}%{c}$d"), "a$${b}%%{c}$d");
    }
}
