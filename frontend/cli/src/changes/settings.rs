//! The settings of an operation by name, and how those of two operations differ.

use std::collections::BTreeMap;

use serde_json::Value;

/// How many characters of a value are shown.
const MOST_SHOWN: usize = 60;

/// The bytes of a file that a step writes.
const DATA: &str = "the content of the file";

/// Ends of names as BuildKit has them, and the words of an image.yaml for them.
const WORDS: [(&str, &str); 10] = [
    (" cacheOpt", ""),
    (" secretOpt", ""),
    (" tmpfsOpt", ""),
    (" ID", " id"),
    (" cwd", " workdir"),
    ("mkfile data", DATA),
    ("mkfile path", "file"),
    ("copy dest", "to"),
    ("copy src", "copy"),
    ("symlink newpath", "symlink"),
];

/// Returns what differs between two operations, without what they stand on: `script: make -> make all`, `env LEVEL: 3 -> 4`. The
/// operations are in the form of [`buildkit_llb::json`].
pub(super) fn differences(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (named(old), named(new));
    let changed = new.iter().filter_map(|(name, value)| match old.get(name) {
        Some(before) if before == value => None,
        Some(before) => Some(changed(name, before, value)),
        None if is_of_mount(name, &old) => None,
        None if value.is_empty() => Some(format!("{name} added")),
        None => Some(format!("{name} {} added", shown(value))),
    });
    let removed = old.keys().filter(|name| !new.contains_key(*name) && !is_of_mount(name, &new));
    changed.chain(removed.map(|name| format!("{name} removed"))).collect()
}

/// Whether a setting is one of a mount that the other side does not have at all.
fn is_of_mount(name: &str, other: &BTreeMap<String, String>) -> bool {
    let mut words = name.splitn(3, ' ');
    let (kind, place, setting) = (words.next(), words.next(), words.next());
    let (Some("mount"), Some(place), Some(_)) = (kind, place, setting) else { return false };
    !other.contains_key(&format!("mount {place}"))
}

/// One setting with its values. Of a text of several lines, it has the lines that differ first.
pub(super) fn changed(name: &str, old: &str, new: &str) -> String {
    if name == DATA {
        return name.to_owned();
    }
    let same = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    let line = |text: &str, show: fn(&str) -> String| match text.lines().nth(same) {
        Some(line) => shown(&show(line)),
        None => "(nothing)".to_owned(),
    };
    let both = |show: fn(&str) -> String| (line(old, show), line(new, show));
    // Lines can differ in their blanks, and texts in the end of the last line or far behind.
    let ways = [both(|line| line.trim().to_owned()), both(|line| format!("{line:?}"))];
    match ways.into_iter().find(|(old, new)| old != new) {
        Some((old, new)) => format!("{name}: {old} -> {new}"),
        None => format!("{name} changed"),
    }
}

/// A value on one line, cut if it is long.
fn shown(value: &str) -> String {
    let text: String = value.chars().take(MOST_SHOWN).flat_map(printable).collect();
    if value.chars().count() > MOST_SHOWN { format!("{text}...") } else { text }
}

fn printable(c: char) -> Vec<char> {
    if c.is_control() { c.escape_debug().collect() } else { vec![c] }
}

/// The settings by name. Settings in lists get the name that says which one it is: a variable, the place of a mount.
fn named(operation: &Value) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let exec = &operation["exec"];
    let words = |value: &Value| -> Vec<String> {
        let words = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    };
    if let Some((script, shell)) = words(&exec["meta"]["args"]).split_last() {
        settings.insert("script".to_owned(), script.clone());
        settings.insert("shell".to_owned(), shell.join(" "));
    }
    for variable in words(&exec["meta"]["env"]) {
        let (name, value) = variable.split_once('=').unwrap_or((&variable, ""));
        settings.insert(format!("env {name}"), value.to_owned());
    }
    for mount in exec["mounts"].as_array().into_iter().flatten() {
        let place = mount["dest"].as_str().unwrap_or_default();
        settings.insert(format!("mount {place}"), String::new());
        flat(&format!("mount {place}"), mount, &["dest", "input", "output"], &mut settings);
    }
    flat("", &exec["meta"], &["args", "env"], &mut settings);
    flat("", exec, &["meta", "mounts"], &mut settings);
    for action in operation["file"]["actions"].as_array().into_iter().flatten() {
        flat("", action, &["input", "secondaryInput", "output"], &mut settings);
    }
    flat("", operation, &["exec", "file", "inputs"], &mut settings);
    settings
}

/// Adds the values below a value, each with the keys that lead to it. A name that is there already gets a number.
fn flat(name: &str, value: &Value, without: &[&str], settings: &mut BTreeMap<String, String>) {
    let below = |key: &str| {
        let name = format!("{name} {key}");
        let word = WORDS.iter().find(|(known, _)| name.ends_with(known));
        let name = word.map_or(name.clone(), |(known, word)| name.replace(known, word));
        name.trim().to_owned()
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| !without.contains(&key.as_str())) {
                flat(&below(key), value, &[], settings);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| flat(name, value, &[], settings)),
        Value::Null => {}
        value => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let free =
                (1..).map(|number| if number == 1 { name.to_owned() } else { format!("{name} {number}") });
            if let Some(name) = free.into_iter().find(|name| !settings.contains_key(name)) {
                settings.insert(name, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_values_differ_where_they_are_shown() {
        let check = |old: &str, new: &str, expect: &str| assert_eq!(changed("script", old, new), expect);
        check("a\nmake -j\n", "a\nmake\n", "script: make -j -> make");
        check("if x\n  make\n", "if x\nmake\n", "script: \"  make\" -> \"make\"");
        check("make\n", "make", "script changed");
        check("make", "make\nmake all", "script: (nothing) -> make all");
        let long = "x".repeat(MOST_SHOWN);
        check(&format!("{long}a"), &format!("{long}b"), "script changed");
    }
}
