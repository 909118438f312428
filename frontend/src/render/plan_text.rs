//! Renders plans as text for people, with a line for each fact of the JSON.

use serde_json::Value;

use super::text::{carried, fact, facts, line, moved, omitted, place, word};

/// Renders plans as text, one after the other.
pub fn plan_text(plans: &Value) -> String {
    let plans = plans["plans"].as_array().into_iter().flatten();
    plans.map(plan).collect::<Vec<_>>().join("\n")
}

fn plan(plan: &Value) -> String {
    let mut text = format!("PLAN: {} for {}\n", word(&plan["target"]), word(&plan["platform"]));
    for key in ["known", "axes", "args", "reads", "tags"] {
        fact(&mut text, 1, key, &plan[key]);
    }
    carried(&mut text, plan);
    moved(&mut text, &plan["moved"]);
    for stage in plan["stages"].as_array().into_iter().flatten() {
        self::stage(&mut text, stage);
    }
    for (key, title) in [
        ("context", "CONTEXT"),
        ("image", "IMAGE"),
        ("annotations", "ANNOTATIONS"),
        ("index-annotations", "INDEX ANNOTATIONS"),
    ] {
        if let Some(map) = plan[key].as_object() {
            text += &format!("\n{title}\n");
            facts(&mut text, 1, map, &[]);
        }
    }
    omitted(&mut text, &plan["left-out"]);
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
                "unknown" => format!("unknown: {}", word(value)),
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
    for of_stage in stage["facts"].as_array().into_iter().flatten() {
        *text += &format!("  fact {} ({})\n", word(&of_stage["fact"]), place(&of_stage["place"]));
        if let Some(map) = of_stage.as_object() {
            facts(text, 3, map, &["fact", "place"]);
        }
    }
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
