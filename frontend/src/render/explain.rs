//! `explain`: shows where each step of a build comes from, which values it reads, which setting takes precedence, and what is
//! omitted.

use serde_json::{Map, Value, json};
use varve_spec::plan::{Action, Base, Setting, SettingOrigin, SettingSource};
use varve_spec::{
    AbsentStage, BranchDecision, Dependencies, Dependency, Frame, Outcome, Sources, StepExplanation,
};

use super::operation::Reader;
use super::plan::{moved, omitted, reader, step_details};
use super::text::{
    carried as carried_text, fact, frame_text, moved as moved_text, omitted as omitted_text,
    place as place_text, word,
};
use super::{Built, carried, object, place, put, redact};
use crate::lower::{StageRecord, StepRecord, step_label};

/// Explains the build of each platform, or only one stage of each.
pub fn explanations(builds: &[Built<'_>], stage: Option<&str>) -> Value {
    redact(json!({"explanations": builds.iter().map(|built| explanation(built, stage)).collect::<Vec<_>>()}))
}

fn explanation(built: &Built<'_>, only: Option<&str>) -> Value {
    let explanation = built.explanation;
    let is_wanted = |name: Option<&str>| only.is_none() || name == only;
    let mut map = Map::new();
    put(&mut map, "target", built.plan.target.as_str());
    put(&mut map, "platform", built.target.to_string());
    put(&mut map, "reads", reads(built, &explanation.reads));
    put(&mut map, "moved", moved(built));
    carried::describe(built.delivery, &built.plan.needs(), &mut map);
    let stages = built.plan.stages.iter().zip(&built.lowered.records).enumerate();
    let stages = stages.filter(|(_, (stage, _))| is_wanted(Some(&stage.name)));
    let reader = reader(built);
    let stages = stages.map(|(index, (_, record))| self::stage(built, &reader, index, record));
    put(&mut map, "stages", stages.collect::<Vec<_>>());
    let left = explanation.omitted.iter().filter(|left| is_wanted(left.stage.as_deref()));
    let left = left.map(|left| {
        let mut shown = omitted(built, left);
        if let Some(map) = shown.as_object_mut() {
            put(map, "through", path(&left.path, built.sources));
        }
        shown
    });
    put(&mut map, "left-out", left.collect::<Vec<_>>());
    let absent = explanation.absent.iter().filter(|stage| is_wanted(Some(&stage.name)));
    put(&mut map, "not-built", absent.map(|stage| self::absent(built, stage)).collect::<Vec<_>>());
    Value::Object(map)
}

fn stage(built: &Built<'_>, reader: &Reader<'_>, index: usize, record: &StageRecord) -> Value {
    let (stage, explanation) = (&built.plan.stages[index], &built.explanation.stages[index]);
    let mut map = Map::new();
    put(&mut map, "stage", stage.name.as_str());
    put(&mut map, "place", built.place(stage.span));
    put(&mut map, "vertices", record.operations);
    let keys = explanation.keys.iter().filter(|(_, _, reads)| !reads.is_empty());
    let keys = keys.map(|(key, span, reads)| {
        object([
            ("key", json!(key)),
            ("place", built.place(*span)),
            ("reads", Value::Object(self::reads(built, reads))),
        ])
    });
    put(&mut map, "keys", keys.collect::<Vec<_>>());
    let stage_record = record;
    let steps = stage.all_steps().into_iter().zip(&record.steps).zip(&explanation.steps);
    let manager = record.distribution.as_ref().map(|distribution| distribution.manager);
    let steps = steps.map(|((step, record), explanation)| {
        let mut map = Map::new();
        put(&mut map, "number", record.made.map(|(number, _)| number));
        put(&mut map, "name", step_label(step, manager));
        put(&mut map, "place", built.place(step.span));
        put(&mut map, "retries", retries(&step_details(reader, step, stage_record, record)));
        self::step(built, record, explanation, &mut map);
        if matches!(step.action, Action::Packages(_) | Action::Repository(_) | Action::Account(_)) {
            put(&mut map, "base", base(built, index));
        }
        Value::Object(map)
    });
    put(&mut map, "steps", steps.collect::<Vec<_>>());
    Value::Object(map)
}

/// Returns how often a step and each of its mounts are tried again.
fn retries(details: &Map<String, Value>) -> Vec<Value> {
    let of_step = details.get("retry").map(|retry| json!({"retry": retry}));
    let mounts = details.get("mounts").and_then(Value::as_array).into_iter().flatten();
    let of_mounts =
        mounts.filter_map(|mount| Some(json!({"retry": mount.get("retry")?, "mount": mount["bind"]})));
    of_step.into_iter().chain(of_mounts).collect()
}

/// Returns the base image below a stage, and what the `from` of the stages down to it reads. The script of a step such as `packages`
/// depends on the distribution of this image. Empty if the base is the same in all variants.
fn base(built: &Built<'_>, index: usize) -> Map<String, Value> {
    let mut all = Dependencies::default();
    let mut index = index;
    let name = loop {
        let from = built.explanation.stages[index].keys.iter().filter(|(key, ..)| key == "from");
        all.extend(from.flat_map(|(_, _, reads)| reads.iter().cloned()));
        match &built.plan.stages[index].base {
            Base::Stage(below) => index = *below,
            Base::Image(name) => break name.as_str(),
            Base::Dockerfile(dockerfile) => break &dockerfile.path,
            Base::Scratch => break "scratch",
        }
    };
    let mut map = Map::new();
    if !all.is_empty() {
        put(&mut map, "from", name);
        put(&mut map, "reads", reads(built, &all));
    }
    map
}

fn step(built: &Built<'_>, record: &StepRecord, explanation: &StepExplanation, map: &mut Map<String, Value>) {
    if let (Some((_, output)), super::InfoSource::Daemon { .. }) = (record.made, built.info_source) {
        put(map, "digest", built.graph.digest(output.vertex).to_string());
    }
    put(map, "through", path(&explanation.path, built.sources));
    put(map, "reads", reads(built, &explanation.reads));
    let choices = explanation.choices.iter().map(|choice| decision(choice, built.sources));
    put(map, "choices", choices.collect::<Vec<_>>());
    put(
        map,
        "settings",
        explanation.settings.iter().map(|one| setting(one, built.sources)).collect::<Vec<_>>(),
    );
}

/// Returns the names and files that something was computed from, with the values of axes and args.
fn reads(built: &Built<'_>, reads: &Dependencies) -> Map<String, Value> {
    let value = |name: &str| match name {
        "platform" => json!(built.target.to_string()),
        "build_platform" => json!(built.build.to_string()),
        "target" => json!(built.plan.target),
        name => {
            let mut known = built.explanation.axes.iter().chain(&built.explanation.args);
            known.find(|(known, _)| known == name).map_or(Value::Null, |(_, value)| json!(value))
        }
    };
    let reads = reads.iter().map(|read| match read {
        Dependency::Name(name) => (name.clone(), value(name)),
        Dependency::File(path) => (format!("file {path}"), Value::Null),
    });
    reads.collect()
}

/// Returns the fragments, mixins, repetitions and choices that lead to a part of the build file, from the outermost to the
/// innermost.
fn path(path: &[Frame], sources: &Sources) -> Vec<Value> {
    let frames = path.iter().map(|frame| match frame {
        Frame::Fragment { name, span } => json!({"use": name, "place": place(*span, sources)}),
        Frame::Mixin { name, span } => json!({"mixin": name, "place": place(*span, sources)}),
        Frame::Repetition { variable, value, span } => {
            json!({"for": variable, "value": value, "place": place(*span, sources)})
        }
        Frame::Choice(choice) => decision(choice, sources),
    });
    frames.collect()
}

/// Formats a decision: `{"if": "debug", "was": "false", "values": {...}, "place": ...}`, or `match` with the `case`.
pub(super) fn decision(decision: &BranchDecision, sources: &Sources) -> Value {
    let text = json!(sources.text(decision.span));
    let values: Map<String, Value> =
        decision.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut map = Map::new();
    match &decision.outcome {
        Outcome::Holds | Outcome::Fails => {
            put(&mut map, "if", text);
            put(&mut map, "was", if decision.outcome == Outcome::Holds { "true" } else { "false" });
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
    put(&mut map, "place", place(decision.span, sources));
    Value::Object(map)
}

fn setting(setting: &Setting, sources: &Sources) -> Value {
    let origin = |origin: &SettingOrigin| {
        let who = match &origin.who {
            SettingSource::Mixin(name) => format!("mixin {name}"),
            SettingSource::Step => "step".to_owned(),
            SettingSource::Earlier => "stage".to_owned(),
        };
        json!({"by": who, "place": place(origin.span, sources)})
    };
    let mut map = Map::new();
    put(&mut map, "key", setting.key.as_str());
    if let Value::Object(by) = origin(&setting.by) {
        map.extend(by);
    }
    put(&mut map, "over", setting.over.iter().map(origin).collect::<Vec<_>>());
    Value::Object(map)
}

fn absent(built: &Built<'_>, stage: &AbsentStage) -> Value {
    object([
        ("stage", json!(stage.name)),
        ("place", built.place(stage.span)),
        ("because", stage.decision.as_ref().map_or(Value::Null, |found| decision(found, built.sources))),
    ])
}

/// Renders explanations as text for people.
pub fn explain_text(explanations: &Value) -> String {
    let all = explanations["explanations"].as_array().into_iter().flatten();
    all.map(one_text).collect::<Vec<_>>().join("\n")
}

fn one_text(one: &Value) -> String {
    let mut text = format!("EXPLAIN: {} for {}\n", word(&one["target"]), word(&one["platform"]));
    fact(&mut text, 1, "reads", &one["reads"]);
    carried_text(&mut text, one);
    moved_text(&mut text, &one["moved"]);
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
            if let Some(from) = step["base"]["from"].as_str() {
                text += &format!("      depends on the distribution of {from}\n");
                fact(&mut text, 4, "reads", &step["base"]["reads"]);
            }
            for choice in items(&step["choices"]) {
                text += &format!("      choice {}\n", frame_text(choice));
            }
            for retry in items(&step["retries"]) {
                let of = retry["mount"].as_str().map_or(String::new(), |path| format!(" of {path}"));
                text += &format!("      retry{of}: {}\n", word(&retry["retry"]));
            }
            for setting in items(&step["settings"]) {
                let origin = |of: &Value| format!("{} ({})", word(&of["by"]), place_text(&of["place"]));
                let over: Vec<String> = items(&setting["over"]).map(origin).collect();
                let over =
                    if over.is_empty() { String::new() } else { format!(", over {}", over.join(", ")) };
                text += &format!("      {} by {}{over}\n", word(&setting["key"]), origin(setting));
            }
            fact(&mut text, 3, "digest", &step["digest"]);
        }
    }
    omitted_text(&mut text, &one["left-out"]);
    let absent: Vec<String> = items(&one["not-built"]).map(absent_text).collect();
    if !absent.is_empty() {
        text += &format!("\nNOT BUILT\n{}", absent.concat());
    }
    text
}

fn absent_text(stage: &Value) -> String {
    let because = match &stage["because"] {
        Value::Null => "no built stage needs it".to_owned(),
        decision => frame_text(decision),
    };
    format!("  {}: stage {}\n      because {because}\n", place_text(&stage["place"]), word(&stage["stage"]))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
