//! Renders facts, places and values as lines of text, for plans, explanations and differences.

use serde_json::{Map, Value};

/// Adds the section with the parts of the build file that are omitted.
pub(super) fn omitted(text: &mut String, parts: &Value) {
    let Some(items) = parts.as_array() else { return };
    *text += "\nOMITTED\n";
    for item in items {
        let values = item["values"].as_object().map(pairs).unwrap_or_default();
        let values = if values.is_empty() { String::new() } else { format!(" ({values})") };
        let (what, place) = (word(&item["what"]), place(&item["place"]));
        *text += &format!("  {place}: {what}\n");
        for frame in item["through"].as_array().into_iter().flatten() {
            *text += &format!("      through {}\n", frame_text(frame));
        }
        *text += &format!("      because {} is {}{values}\n", word(&item["condition"]), word(&item["was"]));
    }
}

/// Adds a line for the output, each cache, and what the client has to give and allow.
pub(super) fn carried(text: &mut String, map: &Value) {
    fact(text, 1, "output", &map["output"]);
    for key in ["cache-from", "cache-to"] {
        map[key].as_array().into_iter().flatten().for_each(|cache| fact(text, 1, key, cache));
    }
    for key in ["secrets", "ssh"] {
        let one = |need: &Value| {
            let optional = if need["required"] == Value::Bool(true) { "" } else { " (optional)" };
            format!("{}{optional}", word(&need["id"]))
        };
        let needs: Vec<String> = map[key].as_array().into_iter().flatten().map(one).collect();
        if !needs.is_empty() {
            *text += &format!("  {key}: {}\n", needs.join(", "));
        }
    }
    fact(text, 1, "entitlements", &map["entitlements"]);
}

/// Adds a line for each axis whose default is not allowed.
pub(super) fn moved(text: &mut String, axes: &Value) {
    for axis in axes.as_array().into_iter().flatten() {
        let [name, value, default, because] =
            ["axis", "value", "default", "because"].map(|key| word(&axis[key]));
        let place = place(&axis["place"]);
        *text += &format!("  moved: {name}={value} instead of {default} ({place}): {because}\n");
    }
}

/// Formats one frame of the path to a part of the build file: `use user (image.yaml:3)`, `if debug was false (debug=false)`.
pub(super) fn frame_text(frame: &Value) -> String {
    let values = match &frame["values"] {
        Value::Null => String::new(),
        values => format!(" ({})", line(values)),
    };
    let at = place(&frame["place"]);
    if let Some(name) = frame["use"].as_str() {
        format!("use {name} ({at})")
    } else if let Some(name) = frame["mixin"].as_str() {
        format!("mixin {name} ({at})")
    } else if let Some(variable) = frame["for"].as_str() {
        format!("for {variable}={} ({at})", word(&frame["value"]))
    } else if let Some(condition) = frame["if"].as_str() {
        format!("if {condition} is {}{values}", word(&frame["was"]))
    } else {
        format!("match {} is case {}{values}", word(&frame["match"]), word(&frame["case"]))
    }
}

/// Adds a line for each key of a map, except those that are shown elsewhere.
pub(super) fn facts(text: &mut String, depth: usize, map: &Map<String, Value>, shown: &[&str]) {
    for (key, value) in map.iter().filter(|(key, _)| !shown.contains(&key.as_str())) {
        fact(text, depth, key, value);
    }
}

/// Adds a line for a key and its value. Texts of several lines, lists of objects and nested maps follow below the name of the key.
pub(super) fn fact(text: &mut String, depth: usize, key: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Null => {}
        Value::Bool(true) => *text += &format!("{indent}{key}\n"),
        Value::String(long) if long.trim_end().contains('\n') => {
            *text += &format!("{indent}{key}:\n");
            for line in long.trim_end().lines() {
                *text += format!("{indent}  | {line}").trim_end();
                *text += "\n";
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object()) => {
            for item in items {
                object(text, depth, item);
            }
        }
        Value::Object(map) if map.values().any(|value| value.is_object() || value.is_array()) => {
            *text += &format!("{indent}{key}:\n");
            facts(text, depth + 1, map, &[]);
        }
        value => *text += &format!("{indent}{key}: {}\n", line(value)),
    }
}

/// Adds a line for an object, such as a mount: its first key and value, then its settings as `key=value`.
fn object(text: &mut String, depth: usize, item: &Value) {
    let Some(map) = item.as_object() else { return };
    let indent = "  ".repeat(depth);
    let is_long = |value: &Value| value.as_str().is_some_and(|text| text.trim_end().contains('\n'));
    let parts = map.iter().filter(|(_, value)| !is_long(value)).enumerate();
    let parts = parts.map(|(index, (key, value))| match (index, value) {
        (0, value) => format!("{key} {}", line(value)),
        (_, Value::Bool(true)) => key.clone(),
        (_, Value::Bool(false)) => format!("not {key}"),
        (_, value) => format!("{key}={}", line(value)),
    });
    *text += &format!("{indent}{}\n", parts.collect::<Vec<_>>().join(" "));
    for (key, value) in map.iter().filter(|(_, value)| is_long(value)) {
        fact(text, depth + 1, key, value);
    }
}

/// Formats a value on one line. Entries of a map are shown as `name=value`.
pub(super) fn line(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(quoted).collect::<Vec<_>>().join(" "),
        Value::Object(map) => pairs(map),
        value => word(value),
    }
}

fn pairs(map: &Map<String, Value>) -> String {
    let pairs = map.iter().map(|(name, value)| match value {
        Value::Null => format!("-{name}"),
        value => format!("{name}={}", quoted(value)),
    });
    pairs.collect::<Vec<_>>().join(" ")
}

/// Formats a value among others. It is quoted if it is empty or contains blanks.
fn quoted(value: &Value) -> String {
    let text = word(value);
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '"') {
        format!("{text:?}")
    } else {
        text
    }
}

/// Formats a single value as text.
pub(super) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Formats a place: `image.yaml:3`.
pub(super) fn place(place: &Value) -> String {
    format!("{}:{}", word(&place["file"]), place["line"])
}
