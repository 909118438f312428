//! Plans for people: the same as for programs, a line for each fact.

use serde_json::{Map, Value};

use super::explain::frame_text;

/// Plans, one after another.
pub fn text(plans: &Value) -> String {
    let plans = plans["plans"].as_array().into_iter().flatten();
    plans.map(plan).collect::<Vec<_>>().join("\n")
}

fn plan(plan: &Value) -> String {
    let mut text = format!("PLAN: {} for {}\n", word(&plan["target"]), word(&plan["platform"]));
    for key in ["known", "axes", "args", "reads", "tags"] {
        fact(&mut text, 1, key, &plan[key]);
    }
    for stage in plan["stages"].as_array().into_iter().flatten() {
        self::stage(&mut text, stage);
    }
    for (key, title) in [("context", "CONTEXT"), ("image", "IMAGE"), ("annotations", "ANNOTATIONS")] {
        if let Some(map) = plan[key].as_object() {
            text += &format!("\n{title}\n");
            facts(&mut text, 1, map, &[]);
        }
    }
    left_out(&mut text, &plan["left-out"]);
    text
}

fn stage(text: &mut String, stage: &Value) {
    *text += &format!("\nSTAGE {} ({})\n", word(&stage["stage"]), place(&stage["place"]));
    if let Some(from) = stage["from"].as_object() {
        let mut words = from.iter().filter(|(key, _)| *key != "pinned").map(|(key, value)| match value {
            Value::Bool(_) => key.clone(),
            value if key == "image" => word(value),
            value => format!("{key} {}", line(value)),
        });
        let from = words.by_ref().collect::<Vec<_>>().join(", ");
        *text += &format!("  from: {from} ({})\n", word(&stage["platform"]));
        fact(text, 1, "pinned", &stage["from"]["pinned"]);
    }
    if let Some(manager) = stage["package-manager"].as_object() {
        let manager: Vec<String> = manager
            .iter()
            .map(|(key, value)| match key.as_str() {
                "system" => format!("({})", word(value)),
                "unknown" => format!("not known here, {}", word(value)),
                _ => word(value),
            })
            .collect();
        *text += &format!("  package-manager: {}\n", manager.join(" "));
    }
    steps(text, 1, &stage["steps"], &stage["vertices"]);
    fact(text, 1, "flatten", &stage["flatten"]);
    for check in stage["checks"].as_array().into_iter().flatten() {
        *text += &format!("  check {} ({})\n", word(&check["check"]), place(&check["place"]));
        if let Some(map) = check.as_object() {
            facts(text, 3, map, &["check", "place"]);
        }
    }
    fact(text, 1, "checks-skipped", &stage["checks-skipped"]);
}

fn steps(text: &mut String, depth: usize, steps: &Value, of_all: &Value) {
    for step in steps.as_array().into_iter().flatten() {
        let number = match &step["number"] {
            Value::Null => "-".to_owned(),
            number => format!("{number}/{of_all}"),
        };
        let indent = "  ".repeat(depth);
        *text += &format!("{indent}{number} {} ({})\n", word(&step["name"]), place(&step["place"]));
        let Some(map) = step.as_object() else { continue };
        facts(text, depth + 2, map, &["number", "name", "place", "layers"]);
        for layer in step["layers"].as_array().into_iter().flatten() {
            let indent = "  ".repeat(depth + 1);
            *text += &format!("{indent}layer {} ({})\n", word(&layer["layer"]), place(&layer["place"]));
            self::steps(text, depth + 2, &layer["steps"], of_all);
        }
    }
}

pub(super) fn left_out(text: &mut String, left_out: &Value) {
    let Some(items) = left_out.as_array() else { return };
    *text += "\nLEFT OUT\n";
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

fn facts(text: &mut String, depth: usize, map: &Map<String, Value>, told: &[&str]) {
    for (key, value) in map.iter().filter(|(key, _)| !told.contains(&key.as_str())) {
        fact(text, depth, key, value);
    }
}

/// A fact on a line; a text of several lines, a list of things and a map below its name.
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
                thing(text, depth, item);
            }
        }
        Value::Object(map) if map.values().any(|value| value.is_object() || value.is_array()) => {
            *text += &format!("{indent}{key}:\n");
            facts(text, depth + 1, map, &[]);
        }
        value => *text += &format!("{indent}{key}: {}\n", line(value)),
    }
}

/// A mount, or what becomes of a file: what it is, and its settings behind it.
fn thing(text: &mut String, depth: usize, item: &Value) {
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

/// A value on one line.
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

/// A value as it is; one that would be ambiguous between others in quotes.
fn quoted(value: &Value) -> String {
    let text = word(value);
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '"') {
        format!("{text:?}")
    } else {
        text
    }
}

pub(super) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// `image.yaml:3`.
pub(super) fn place(place: &Value) -> String {
    format!("{}:{}", word(&place["file"]), place["line"])
}
