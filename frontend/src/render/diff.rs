//! `varve diff`: compares two variants step by step. Two steps can be the same operation (`same`), do the same on different file
//! systems (`below`), or do something else (`differs`).

use buildkit_llb::Digest;
use serde_json::{Map, Value, json};
use varve_spec::plan::Stage;
use varve_spec::{Frame, Span};

use super::plan::{base, image, reader, step_details};
use super::text::{fact, line, place as place_text, word};
use super::{Built, carried, put, redact};
use crate::lower::{StageRecord, step_label};

/// A step to compare.
struct Item {
    /// The place of the step, and the fragments and repetitions that lead to it. Steps with the same origin are compared.
    origin: (Span, Vec<Frame>),
    name: String,
    number: Option<usize>,
    digest: Option<Digest>,
    details: Map<String, Value>,
}

/// Compares two builds, and returns the steps that they share and those that differ.
pub fn difference(names: &[String; 2], first: &Built<'_>, second: &Built<'_>) -> Value {
    let of = |built: &Built<'_>, name: &str| {
        let stage = built.plan.stages.iter().position(|stage| stage.name == name)?;
        let record = built.lowered.records.get(stage)?;
        Some((items(built, stage, record), base(built, &built.plan.stages[stage], record)))
    };
    let mut all: Vec<&Stage> = first.plan.stages.iter().collect();
    all.extend(
        second
            .plan
            .stages
            .iter()
            .filter(|stage| !first.plan.stages.iter().any(|known| known.name == stage.name)),
    );
    let mut counts = Map::new();
    for kind in ["same", "below", "differs", "first", "second"] {
        counts.insert(kind.to_owned(), json!(0));
    }
    let stages = all.into_iter().map(|stage| {
        let mut map = Map::new();
        put(&mut map, "stage", stage.name.as_str());
        put(&mut map, "place", first.place(stage.span));
        let (one, other) = (of(first, &stage.name), of(second, &stage.name));
        match (&one, &other) {
            (Some(_), None) => put(&mut map, "is", "first"),
            (None, Some(_)) => put(&mut map, "is", "second"),
            _ => {}
        }
        let from = |of: &Option<(Vec<Item>, Value)>| of.as_ref().map(|(_, from)| from.clone());
        let (base, other_base) = (from(&one), from(&other));
        if base != other_base {
            put(&mut map, "from", json!({"first": base, "second": other_base}));
        }
        let items = |of: Option<(Vec<Item>, Value)>| of.map(|(items, _)| items).unwrap_or_default();
        let steps: Vec<Value> = aligned(items(one), items(other))
            .into_iter()
            .filter_map(|pair| {
                let step = step(pair, first)?;
                let count = counts.get(step["is"].as_str()?).and_then(Value::as_u64).unwrap_or(0);
                counts.insert(step["is"].as_str()?.to_owned(), json!(count + 1));
                Some(step)
            })
            .collect();
        put(&mut map, "steps", steps);
        Value::Object(map)
    });
    let stages: Vec<Value> = stages.collect();
    let mut map = Map::new();
    put(&mut map, "first", names[0].as_str());
    put(&mut map, "second", names[1].as_str());
    put(&mut map, "stages", stages);
    put(&mut map, "image", differing(&flat(&image(first)), &flat(&image(second))));
    let target = |built: &Built<'_>| {
        let mut map = Map::from_iter([("tags".to_owned(), json!(built.tags))]);
        carried::describe(built.delivery, &built.plan.needs(), &mut map);
        map
    };
    put(&mut map, "target", differing(&target(first), &target(second)));
    put(&mut map, "steps", counts);
    redact(Value::Object(map))
}

fn items(built: &Built<'_>, index: usize, record: &StageRecord) -> Vec<Item> {
    let reader = reader(built);
    let stage = &built.plan.stages[index];
    let manager = record.distribution.as_ref().map(|distribution| distribution.manager);
    let explanations = built.explanation.stages.get(index);
    let explanations = explanations.map(|stage| stage.steps.as_slice()).unwrap_or_default();
    let steps = stage.all_steps().into_iter().zip(&record.steps).zip(explanations);
    let leads = |frame: &&Frame| !matches!(frame, Frame::Choice(_));
    let items = steps.map(|((step, made_of), explanation)| Item {
        origin: (step.span, explanation.path.iter().filter(leads).cloned().collect()),
        name: step_label(step, manager),
        number: made_of.made.map(|(number, _)| number),
        digest: made_of.made.map(|(_, output)| built.graph.digest(output.vertex)),
        details: step_details(&reader, step, record, made_of),
    });
    items.collect()
}

/// Pairs the steps of both variants by origin. Both lists keep their order.
fn aligned(first: Vec<Item>, second: Vec<Item>) -> Vec<(Option<Item>, Option<Item>)> {
    // The length of the longest common subsequence that starts at each pair.
    let mut longest = vec![vec![0_usize; second.len() + 1]; first.len() + 1];
    for (i, one) in first.iter().enumerate().rev() {
        for (j, other) in second.iter().enumerate().rev() {
            longest[i][j] = match one.origin == other.origin {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    let (mut ones, mut others) = (first.into_iter().peekable(), second.into_iter().peekable());
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        let same = one.origin == other.origin;
        if same || longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
            j += usize::from(same);
            pairs.push((ones.next(), others.next_if(|_| same)));
        } else {
            j += 1;
            pairs.push((None, others.next()));
        }
    }
    pairs.extend(ones.map(|one| (Some(one), None)));
    pairs.extend(others.map(|other| (None, Some(other))));
    pairs
}

fn step((one, other): (Option<Item>, Option<Item>), built: &Built<'_>) -> Option<Value> {
    let mut map = Map::new();
    let any = one.as_ref().or(other.as_ref())?;
    let (name, place) = (any.name.clone(), built.place(any.origin.0));
    let is = match (&one, &other) {
        (Some(one), Some(other)) if one.details != other.details => "differs",
        (Some(one), Some(other)) if one.digest != other.digest => "below",
        (Some(_), Some(_)) => "same",
        (Some(_), None) => "first",
        _ => "second",
    };
    put(&mut map, "is", is);
    put(&mut map, "name", name);
    put(&mut map, "place", place);
    let number = |item: &Option<Item>| item.as_ref().and_then(|item| item.number);
    put(&mut map, "first-number", number(&one));
    put(&mut map, "second-number", number(&other));
    if let (Some(one), Some(other)) = (one, other) {
        put(&mut map, "differs", differing(&one.details, &other.details));
    }
    Some(Value::Object(map))
}

/// Returns the keys that differ, with both values.
fn differing(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut keys: Vec<&String> = one.keys().collect();
    keys.extend(other.keys().filter(|key| !one.contains_key(*key)));
    let keys = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    let value = |of: &Map<String, Value>, key: &str| of.get(key).cloned().unwrap_or_default();
    keys.map(|key| (key.clone(), json!({"first": value(one, key), "second": value(other, key)}))).collect()
}

/// Moves the keys of `config` up to the other keys of a configuration.
fn flat(image: &Value) -> Map<String, Value> {
    let mut map = image.as_object().cloned().unwrap_or_default();
    if let Some(Value::Object(config)) = map.shift_remove("config") {
        map.extend(config);
    }
    map
}

/// Renders the comparison as text for people.
pub fn diff_text(difference: &Value) -> String {
    let mut text = format!("DIFF: {} and {}\n", word(&difference["first"]), word(&difference["second"]));
    for stage in difference["stages"].as_array().into_iter().flatten() {
        let is = stage["is"].as_str().map_or(String::new(), |is| format!(": {is}"));
        text += &format!("\nSTAGE {} ({}){is}\n", word(&stage["stage"]), place_text(&stage["place"]));
        if !stage["from"].is_null() {
            both(&mut text, 1, "from", &stage["from"]);
        }
        for step in stage["steps"].as_array().into_iter().flatten() {
            let is = word(&step["is"]);
            text += &format!("  {is:<7} {} ({})\n", word(&step["name"]), place_text(&step["place"]));
            differences(&mut text, 5, &step["differs"]);
        }
    }
    for (key, title) in [("image", "IMAGE"), ("target", "TARGET")] {
        if difference[key].is_object() {
            text += &format!("\n{title}\n");
            differences(&mut text, 1, &difference[key]);
        }
    }
    text.push('\n');
    fact(&mut text, 0, "steps", &difference["steps"]);
    text
}

fn differences(text: &mut String, depth: usize, differs: &Value) {
    for (key, values) in differs.as_object().into_iter().flatten() {
        both(text, depth, key, values);
    }
}

/// Adds the lines of the first value with `-` and those of the second with `+`. Lines that both have are left out.
fn both(text: &mut String, depth: usize, key: &str, values: &Value) {
    let indent = "  ".repeat(depth);
    let lines = |value: &Value| -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::String(long) => long.trim_end().lines().map(str::to_owned).collect(),
            Value::Array(items) => items.iter().map(line).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| format!("{key}={}", line(value))).collect(),
            value => vec![line(value)],
        }
    };
    let (one, other) = (lines(&values["first"]), lines(&values["second"]));
    *text += &format!("{indent}{key}:\n");
    for (mark, own, theirs) in [('-', &one, &other), ('+', &other, &one)] {
        for line in own.iter().filter(|line| !theirs.contains(line)) {
            *text += &format!("{indent}  {mark} {line}\n");
        }
    }
    if one.len() == other.len() && one.iter().all(|line| other.contains(line)) {
        *text += &format!("{indent}  in a different order\n");
    }
}
