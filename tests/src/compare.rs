//! Differences between two images, one per line. Equal images give no line.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::image::Image;
use crate::tree::Tree;

/// Parts of a configuration that describe how the image was built, not what it contains.
const OF_THE_MAKING: [&str; 4] = ["created", "history", "moby.buildkit.cache", "rootfs"];

/// The differences of file system and configuration. Ignores times, history and the division into layers.
pub fn compare(first: &Image, second: &Image) -> Vec<String> {
    let mut lines = compare_trees(&first.tree, &second.tree);
    lines.extend(compare_configs(&first.config, &second.config));
    lines
}

/// The differences of two file systems.
pub fn compare_trees(first: &Tree, second: &Tree) -> Vec<String> {
    let paths: BTreeSet<&str> = first.iter().chain(second.iter()).map(|(path, _)| path).collect();
    let line = |path: &str| match (first.get(path), second.get(path)) {
        (Some(a), None) => Some(format!("{path}: only in the first: {a}")),
        (None, Some(b)) => Some(format!("{path}: only in the second: {b}")),
        (Some(a), Some(b)) => {
            let (a, b) = (a.to_string(), b.to_string());
            (a != b).then(|| format!("{path}: {a}, in the second {b}"))
        }
        (None, None) => None,
    };
    paths.into_iter().filter_map(line).collect()
}

/// The differences of two configurations, without the parts that describe how the images were built.
pub fn compare_configs(first: &Value, second: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare_values("", first, second, &mut lines);
    lines.retain(|line| !OF_THE_MAKING.iter().any(|part| line.starts_with(part)));
    lines
}

fn compare_values(at: &str, first: &Value, second: &Value, lines: &mut Vec<String>) {
    if let (Value::Object(a), Value::Object(b)) = (first, second) {
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys {
            let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            compare_values(&at, &first[key], &second[key], lines);
        }
    } else if first != second {
        let shown = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
        lines.push(format!("{at}: {}, in the second {}", shown(first), shown(second)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn configs_differ_by_their_key() {
        let first = json!({"created": "1", "config": {"Env": ["A=1"], "User": "u"}});
        let second = json!({"created": "2", "config": {"Env": ["A=2"], "User": "u", "Cmd": null}});
        assert_eq!(compare_configs(&first, &second), [r#"config.Env: ["A=1"], in the second ["A=2"]"#]);
    }
}
