//! `explain`: why a build is as it is. Where each step comes from, what it was computed from, which setting won, and what is not
//! there.

use serde_json::{Map, Value, json};
use varve_spec::plan::{Setting, SettingOrigin, SettingSource, Stage};
use varve_spec::{
    AbsentStage, BranchDecision, Dependencies, Dependency, Frame, Outcome, Sources, StageExplanation,
    StepExplanation,
};

use super::plan::left_out;
use super::text::{fact, left_out as left_out_text, line, place as place_text, word};
use super::{Built, object, place, put};
use crate::lower::{StageRecord, StepRecord, step_label};

/// Why the build of each platform is as it is; of one stage alone where one is named.
pub fn explanations(builds: &[Built<'_>], stage: Option<&str>) -> Value {
    json!({"explanations": builds.iter().map(|built| explanation(built, stage)).collect::<Vec<_>>()})
}

fn explanation(built: &Built<'_>, only: Option<&str>) -> Value {
    let why = built.why;
    let wanted = |name: Option<&str>| only.is_none() || name == only;
    let mut map = Map::new();
    put(&mut map, "target", built.plan.target.as_str());
    put(&mut map, "platform", built.target.to_string());
    put(&mut map, "reads", reads(built, &why.reads));
    let stages = built.plan.stages.iter().zip(&built.lowered.told).zip(&why.stages);
    let stages = stages.filter(|((stage, _), _)| wanted(Some(&stage.name)));
    let stages = stages.map(|((stage, told), why)| self::stage(built, stage, told, why));
    put(&mut map, "stages", stages.collect::<Vec<_>>());
    let left = why.left_out.iter().filter(|left| wanted(left.stage.as_deref()));
    let left = left.map(|left| {
        let mut shown = left_out(built, left);
        if let Some(map) = shown.as_object_mut() {
            put(map, "through", path(&left.path, built.sources));
        }
        shown
    });
    put(&mut map, "left-out", left.collect::<Vec<_>>());
    let absent = why.absent.iter().filter(|stage| wanted(Some(&stage.name)));
    put(&mut map, "not-built", absent.map(|stage| self::absent(built, stage)).collect::<Vec<_>>());
    Value::Object(map)
}

fn stage(built: &Built<'_>, stage: &Stage, told: &StageRecord, why: &StageExplanation) -> Value {
    let mut map = Map::new();
    put(&mut map, "stage", stage.name.as_str());
    put(&mut map, "place", built.place(stage.span));
    put(&mut map, "vertices", told.vertices);
    let keys = why.keys.iter().filter(|(_, _, reads)| !reads.is_empty());
    let keys = keys.map(|(key, span, reads)| {
        object([
            ("key", json!(key)),
            ("place", built.place(*span)),
            ("reads", Value::Object(self::reads(built, reads))),
        ])
    });
    put(&mut map, "keys", keys.collect::<Vec<_>>());
    let steps = stage.all_steps().into_iter().zip(&told.steps).zip(&why.steps);
    let manager = told.system.as_ref().map(|system| system.manager);
    let steps = steps.map(|((step, told), why)| {
        let mut map = Map::new();
        put(&mut map, "number", told.made.map(|(number, _)| number));
        put(&mut map, "name", step_label(step, manager));
        put(&mut map, "place", built.place(step.span));
        self::step(built, told, why, &mut map);
        Value::Object(map)
    });
    put(&mut map, "steps", steps.collect::<Vec<_>>());
    Value::Object(map)
}

fn step(built: &Built<'_>, told: &StepRecord, why: &StepExplanation, map: &mut Map<String, Value>) {
    if let (Some((_, output)), super::InfoSource::Daemon { .. }) = (told.made, built.knows) {
        put(map, "digest", built.graph.digest(output.vertex).to_string());
    }
    put(map, "through", path(&why.path, built.sources));
    put(map, "reads", reads(built, &why.reads));
    let choices = why.choices.iter().map(|choice| guard(choice, built.sources));
    put(map, "choices", choices.collect::<Vec<_>>());
    put(map, "settings", why.settings.iter().map(|one| setting(one, built.sources)).collect::<Vec<_>>());
}

/// What something was computed from, with the values of axes and arguments.
fn reads(built: &Built<'_>, reads: &Dependencies) -> Map<String, Value> {
    let value = |name: &str| match name {
        "platform" => json!(built.target.to_string()),
        "build_platform" => json!(built.build.to_string()),
        "target" => json!(built.plan.target),
        name => {
            let mut known = built.why.axes.iter().chain(&built.why.args);
            known.find(|(known, _)| known == name).map_or(Value::Null, |(_, value)| json!(value))
        }
    };
    let reads = reads.iter().map(|read| match read {
        Dependency::Name(name) => (name.clone(), value(name)),
        Dependency::File(path) => (format!("file {path}"), Value::Null),
    });
    reads.collect()
}

/// What led to a piece of the file, from outside to inside.
fn path(path: &[Frame], sources: &Sources) -> Vec<Value> {
    let frames = path.iter().map(|frame| match frame {
        Frame::Fragment { name, span } => json!({"use": name, "place": place(*span, sources)}),
        Frame::Mixin { name, span } => json!({"mixin": name, "place": place(*span, sources)}),
        Frame::Repetition { variable, value, span } => {
            json!({"for": variable, "value": value, "place": place(*span, sources)})
        }
        Frame::Choice(choice) => guard(choice, sources),
    });
    frames.collect()
}

/// `{"if": "debug", "was": "false", "values": {...}, "place": ...}`, or `match` with the `case`.
pub(super) fn guard(guard: &BranchDecision, sources: &Sources) -> Value {
    let text = json!(sources.text(guard.span));
    let values: Map<String, Value> =
        guard.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut map = Map::new();
    match &guard.outcome {
        Outcome::Holds | Outcome::Fails => {
            put(&mut map, "if", text);
            put(&mut map, "was", if guard.outcome == Outcome::Holds { "true" } else { "false" });
        }
        Outcome::Case(pattern) => {
            put(&mut map, "match", text);
            map.insert("case".to_owned(), json!(pattern));
        }
        Outcome::Else => {
            put(&mut map, "match", text);
            put(&mut map, "case", "else");
        }
    }
    put(&mut map, "values", values);
    put(&mut map, "place", place(guard.span, sources));
    Value::Object(map)
}

fn setting(setting: &Setting, sources: &Sources) -> Value {
    let giver = |giver: &SettingOrigin| {
        let who = match &giver.who {
            SettingSource::Mixin(name) => format!("mixin {name}"),
            SettingSource::Step => "step".to_owned(),
            SettingSource::Earlier => "stage".to_owned(),
        };
        json!({"by": who, "place": place(giver.span, sources)})
    };
    let mut map = Map::new();
    put(&mut map, "key", setting.key.as_str());
    if let Value::Object(by) = giver(&setting.by) {
        map.extend(by);
    }
    put(&mut map, "over", setting.over.iter().map(giver).collect::<Vec<_>>());
    Value::Object(map)
}

fn absent(built: &Built<'_>, stage: &AbsentStage) -> Value {
    object([
        ("stage", json!(stage.name)),
        ("place", built.place(stage.span)),
        ("because", stage.guard.as_ref().map_or(Value::Null, |why| guard(why, built.sources))),
    ])
}

/// The same for people.
pub fn explain_text(explanations: &Value) -> String {
    let all = explanations["explanations"].as_array().into_iter().flatten();
    all.map(one_text).collect::<Vec<_>>().join("\n")
}

fn one_text(one: &Value) -> String {
    let mut text = format!("EXPLAIN: {} for {}\n", word(&one["target"]), word(&one["platform"]));
    fact(&mut text, 1, "reads", &one["reads"]);
    for stage in items(&one["stages"]) {
        text += &format!("\nSTAGE {} ({})\n", word(&stage["stage"]), place_text(&stage["place"]));
        for key in items(&stage["keys"]) {
            text += &format!("  {} ({})\n", word(&key["key"]), place_text(&key["place"]));
            fact(&mut text, 3, "reads", &key["reads"]);
        }
        for step in items(&stage["steps"]) {
            let number = match &step["number"] {
                Value::Null => "-".to_owned(),
                number => format!("{number}/{}", stage["vertices"]),
            };
            text += &format!("  {number} {} ({})\n", word(&step["name"]), place_text(&step["place"]));
            for frame in items(&step["through"]) {
                text += &format!("      through {}\n", frame_text(frame));
            }
            fact(&mut text, 3, "reads", &step["reads"]);
            for choice in items(&step["choices"]) {
                text += &format!("      choice {}\n", frame_text(choice));
            }
            for setting in items(&step["settings"]) {
                let giver = |of: &Value| format!("{} ({})", word(&of["by"]), place_text(&of["place"]));
                let over: Vec<String> = items(&setting["over"]).map(giver).collect();
                let over =
                    if over.is_empty() { String::new() } else { format!(", over {}", over.join(", ")) };
                text += &format!("      {} by {}{over}\n", word(&setting["key"]), giver(setting));
            }
            fact(&mut text, 3, "digest", &step["digest"]);
        }
    }
    left_out_text(&mut text, &one["left-out"]);
    let absent: Vec<String> = items(&one["not-built"]).map(absent_text).collect();
    if !absent.is_empty() {
        text += &format!("\nNOT BUILT\n{}", absent.concat());
    }
    text
}

fn absent_text(stage: &Value) -> String {
    let because = match &stage["because"] {
        Value::Null => "nothing that is built needs it".to_owned(),
        guard => frame_text(guard),
    };
    format!("  {}: stage {}\n      because {because}\n", place_text(&stage["place"]), word(&stage["stage"]))
}

/// `use user (image.yaml:3)`, `if debug was false (debug=false)`.
pub(super) fn frame_text(frame: &Value) -> String {
    let values = match &frame["values"] {
        Value::Null => String::new(),
        values => format!(" ({})", line(values)),
    };
    let at = place_text(&frame["place"]);
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

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
