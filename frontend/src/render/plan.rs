//! `plan`: shows everything that a build does, stage by stage and step by step, with all settings, also those that apply by
//! default.

use buildkit_llb::{Graph, Operation};
use buildkit_names::redacted;
use serde_json::{Map, Value, json};
use varve_spec::plan::{
    Action, Base, Check, Claim, EnvChange, EnvValue, FactSource, Flatten, Layer, Script, Stage, Step,
};
use varve_spec::{Dependencies, Dependency, Distribution, Omitted, Outcome, map_of};

use super::operation::Reader;
use super::{Built, InfoSource, carried, object, place, put, redact};
use crate::lower::{LoweredFact, StageRecord, StepRecord, rootfs_test_label, step_label};

/// Returns the plan of each platform.
pub fn plans(builds: &[Built<'_>]) -> Value {
    redact(json!({"plans": builds.iter().map(plan).collect::<Vec<_>>()}))
}

fn plan(built: &Built<'_>) -> Value {
    let Built { plan, explanation, lowered, .. } = built;
    let named = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
    };
    let mut map = Map::new();
    put(&mut map, "target", plan.target.as_str());
    put(&mut map, "platform", built.target.to_string());
    put(&mut map, "axes", named(&explanation.axes));
    put(&mut map, "args", named(&explanation.args));
    put(&mut map, "moved", moved(built));
    put(
        &mut map,
        "reads",
        reads(&explanation.reads, |name| {
            !explanation.axes.iter().chain(&explanation.args).any(|(known, _)| known == name)
        }),
    );
    put(
        &mut map,
        "known",
        match built.info_source {
            InfoSource::Daemon { .. } => "",
            InfoSource::File => {
                "from the files only; digests and the configuration of base images, such as PATH and user, need a builder"
            }
        },
    );
    let reader = reader(built);
    let stages = plan.stages.iter().zip(&lowered.records);
    let stages: Vec<Value> =
        stages.map(|(stage, record)| self::stage(built, &reader, stage, record)).collect();
    put(&mut map, "stages", stages);
    put(&mut map, "context", context(built, &reader));
    put(&mut map, "image", image(built));
    let annotations = lowered.annotations.iter().map(|(name, value)| (name.clone(), json!(value)));
    put(&mut map, "annotations", annotations.collect::<Map<_, _>>());
    let annotations = lowered.index_annotations.iter().map(|(name, value)| (name.clone(), json!(value)));
    put(&mut map, "index-annotations", annotations.collect::<Map<_, _>>());
    put(&mut map, "tags", json!(built.tags));
    carried::describe(built.delivery, &plan.needs(), &mut map);
    let parts = explanation.omitted.iter().map(|part| omitted(built, part));
    put(&mut map, "left-out", parts.collect::<Vec<_>>());
    Value::Object(map)
}

/// Returns the axes whose default is not allowed together with what the client sets.
pub(super) fn moved(built: &Built<'_>) -> Vec<Value> {
    let moved = built.explanation.moved.iter().map(|moved| {
        object([
            ("axis", json!(moved.axis)),
            ("value", json!(moved.value)),
            ("default", json!(moved.default)),
            ("because", json!(moved.because)),
            ("place", built.place(moved.span)),
        ])
    });
    moved.collect()
}

/// Creates a reader of the operations of a build.
pub(super) fn reader<'a>(built: &Built<'a>) -> Reader<'a> {
    let lowered = built.lowered;
    // A stage without operations of its own is called by the name of its base.
    let roots =
        lowered.stages.iter().zip(&lowered.records).filter(|(stage, record)| stage.root != record.base);
    let names = map_of(roots.filter_map(|(stage, _)| Some((stage.root?, stage.name.clone()))));
    let retried = map_of(lowered.retried.iter().map(|fetch| (fetch.vertex, fetch.retry)));
    Reader { graph: built.graph, names, retried }
}

/// Returns the configuration of the image, without the layers, which the exporter adds, and without the history, which the steps
/// show.
pub(super) fn image(built: &Built<'_>) -> Value {
    let mut image: Value = serde_json::from_slice(&built.lowered.config.to_json()).unwrap_or_default();
    if let Some(image) = image.as_object_mut() {
        image.retain(|key, _| key != "rootfs" && key != "history");
    }
    image
}

/// Returns the names and files that something was computed from, as far as `is_shown` is true for them.
fn reads(reads: &Dependencies, is_shown: impl Fn(&str) -> bool) -> Vec<Value> {
    let reads = reads.iter().filter_map(|read| match read {
        Dependency::Name(name) if is_shown(name) => Some(json!(name)),
        Dependency::Name(_) => None,
        Dependency::File(path) => Some(json!(format!("file {path}"))),
    });
    reads.collect()
}

fn stage(built: &Built<'_>, reader: &Reader<'_>, stage: &Stage, record: &StageRecord) -> Value {
    let mut map = Map::new();
    put(&mut map, "stage", stage.name.as_str());
    put(&mut map, "place", built.place(stage.span));
    put(&mut map, "from", base(built, stage, record));
    put(&mut map, "platform", stage.platform.of(built.target, built.build).to_string());
    let needs_manager = |step: &&Step| matches!(step.action, Action::Packages(_) | Action::Repository(_));
    let manager = match &record.distribution {
        Some(Distribution { manager, id, release, .. }) => {
            let blank = if release.is_empty() { "" } else { " " };
            let distribution = format!("{id}{blank}{release}");
            object([("name", json!(manager.name())), ("system", json!(distribution))])
        }
        None if stage.all_steps().iter().any(needs_manager) => {
            json!({"unknown": "the build reads it from /etc/os-release of the base"})
        }
        None => Value::Null,
    };
    put(&mut map, "package-manager", manager);
    put(&mut map, "vertices", record.operations);
    let mut steps = stage.all_steps().into_iter().zip(&record.steps);
    let steps = self::steps(built, reader, (&stage.steps, record.distribution.as_ref()), &mut steps);
    put(&mut map, "steps", steps);
    let flatten = match stage.flatten {
        Flatten::No => Value::Bool(false),
        Flatten::Own => json!("own"),
        Flatten::All => Value::Bool(true),
    };
    put(&mut map, "flatten", flatten);
    let checks = stage.checks.iter().map(|check| self::check(built, reader, check));
    put(&mut map, "checks", checks.collect::<Vec<_>>());
    let skipped = matches!(built.info_source, InfoSource::Daemon { runs_rootfs_tests: false, .. })
        && !stage.checks.is_empty();
    put(&mut map, "checks-skipped", skipped);
    let facts = built.lowered.facts.iter().filter(|fact| fact.stage == stage.name);
    put(&mut map, "facts", facts.map(|fact| self::fact(built, fact)).collect::<Vec<_>>());
    Value::Object(map)
}

/// Describes the base of a stage.
pub(super) fn base(built: &Built<'_>, stage: &Stage, record: &StageRecord) -> Value {
    match &stage.base {
        Base::Scratch => json!({"nothing": true}),
        Base::Stage(index) => json!({"stage": built.plan.stages[*index].name}),
        Base::Dockerfile(dockerfile) => {
            let args = dockerfile.args.iter().map(|(name, value)| (name.clone(), json!(value)));
            object([
                ("dockerfile", json!(dockerfile.path)),
                ("target", json!(dockerfile.target)),
                ("args", Value::Object(args.collect())),
            ])
        }
        Base::Image(reference) => {
            object([("image", json!(reference.as_str())), ("pinned", json!(pinned(built.graph, record)))])
        }
    }
}

/// Returns the image that a stage starts from, with its digest, or what replaces the image.
fn pinned(graph: &Graph, record: &StageRecord) -> Option<String> {
    let vertex = record.base?.vertex;
    match graph.operation(vertex) {
        Some(Operation::Image(image)) => image.reference.digest().map(|_| image.reference.canonical()),
        Some(Operation::OciLayout(image)) => Some(image.reference.clone()),
        Some(Operation::Local(local)) => Some(format!("the folder {}", local.name)),
        _ => graph.metadata(vertex).name.clone(),
    }
}

/// Describes the steps of a list. `records` yields all steps of the stage in order; the steps inside of layers follow the step with
/// the layers.
fn steps<'p>(
    built: &Built<'_>,
    reader: &Reader<'_>,
    (list, distribution): (&[Step], Option<&Distribution>),
    records: &mut impl Iterator<Item = (&'p Step, &'p StepRecord)>,
) -> Vec<Value> {
    let mut shown = Vec::new();
    for step in list {
        let Some((_, record)) = records.next() else { break };
        let mut map = Map::new();
        put(&mut map, "number", record.made.map(|(number, _)| number));
        put(&mut map, "name", step_label(step, distribution.map(|distribution| distribution.manager)));
        put(&mut map, "place", built.place(step.span));
        if built.info_source != InfoSource::File {
            put(
                &mut map,
                "digest",
                record.made.map(|(_, output)| built.graph.digest(output.vertex).to_string()),
            );
        }
        put(&mut map, "no-cache", step.no_cache);
        match &step.action {
            Action::Layers(layers) => {
                let how = match built.info_source {
                    InfoSource::Daemon { merges: true, .. } => "in parallel, then merged",
                    InfoSource::Daemon { .. } => "one after the other, because the builder cannot merge",
                    InfoSource::File => "in parallel, then merged, if the builder supports it",
                };
                put(&mut map, "built", how);
                put(&mut map, "joined", layers.need_join());
                let prefer = layers.prefer.iter().map(|(path, layer)| (path.clone(), json!(layer)));
                put(&mut map, "prefer", prefer.collect::<Map<_, _>>());
                if let (true, Some((_, joined))) = (layers.need_join(), record.made) {
                    reader.describe(joined.vertex, &record.env, &mut map);
                }
                let layer = |layer: &Layer| {
                    let steps = self::steps(built, reader, (&layer.steps, distribution), records);
                    json!({"layer": layer.name, "place": built.place(layer.span), "steps": steps})
                };
                put(&mut map, "layers", layers.layers.iter().map(layer).collect::<Vec<_>>());
            }
            action => details(reader, (action, distribution), record, &mut map),
        }
        shown.push(Value::Object(map));
    }
    shown
}

/// Describes what a step does, without the steps inside of layers.
pub(super) fn step_details(
    reader: &Reader<'_>,
    step: &Step,
    stage: &StageRecord,
    record: &StepRecord,
) -> Map<String, Value> {
    let mut map = Map::new();
    put(&mut map, "no-cache", step.no_cache);
    match &step.action {
        Action::Layers(layers) => {
            put(
                &mut map,
                "layers",
                layers.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(),
            );
        }
        action => details(reader, (action, stage.distribution.as_ref()), record, &mut map),
    }
    map
}

/// Describes what a step does.
fn details(
    reader: &Reader<'_>,
    (action, distribution): (&Action, Option<&Distribution>),
    record: &StepRecord,
    map: &mut Map<String, Value>,
) {
    match action {
        Action::Env(changes) => put(map, "env", changes.iter().map(env_change).collect::<Map<_, _>>()),
        Action::Shell(shell) => put(map, "shell", json!(shell)),
        Action::User(user) => put(map, "user", user.as_str()),
        Action::Workdir(path) => put(map, "workdir", path.as_str()),
        Action::Copy(copy) => put(map, "retry", copy.from.retry().map(|retry| retry.to_string())),
        _ => {}
    }
    match record.made {
        Some((_, output)) => {
            for vertex in reader.between(record.before, output) {
                reader.describe(vertex, &record.env, map);
            }
        }
        None => {
            let does = match action {
                Action::Env(_) | Action::Shell(_) | Action::User(_) | Action::Workdir(_) => "",
                Action::Packages(_) | Action::Repository(_) if distribution.is_none() => {
                    "unknown without a builder: it depends on the package manager"
                }
                _ => "nothing",
            };
            put(map, "does", does);
        }
    }
}

fn env_change(change: &EnvChange) -> (String, Value) {
    let name = &change.name;
    let value = match &change.change {
        EnvValue::Set(value) => json!(value),
        EnvValue::Prepend(value) => json!(format!("{value}:${name}")),
        EnvValue::Append(value) => json!(format!("${name}:{value}")),
        EnvValue::Unset => Value::Null,
    };
    (name.clone(), value)
}

fn check(built: &Built<'_>, reader: &Reader<'_>, check: &Check) -> Value {
    let mut map = Map::new();
    put(&mut map, "check", rootfs_test_label(&check.claim));
    put(&mut map, "place", built.place(check.span));
    put(&mut map, "because", check.because.clone());
    match &check.claim {
        Claim::Run(process) => {
            let lowered = built.lowered.rootfs_tests.iter().find(|test| test.span == check.span);
            match (lowered, &process.script) {
                (Some(lowered), _) => {
                    reader.describe(lowered.vertex(), &built.lowered.config.env, &mut map);
                }
                // Without a builder, tests are not lowered.
                (None, Script::Run { text, .. }) => put(&mut map, "script", redacted(text).as_ref()),
                (None, Script::Exec(_)) => {}
            }
        }
        Claim::File(file) | Claim::Dir(file) => {
            put(&mut map, "mode", file.mode.map(|mode| format!("{mode:04o}")));
            put(&mut map, "owner", file.owner.as_ref().map(ToString::to_string));
            put(&mut map, "contains", file.contains.clone());
            put(&mut map, "sha256", file.sha256.clone());
        }
        Claim::Linked { except, .. } => put(&mut map, "except", except.clone()),
        Claim::Env { is, .. } => put(&mut map, "is", is.clone()),
        Claim::Absent(_) | Claim::PackagesAbsent(_) | Claim::MaxSize(_) | Claim::User(_) => {}
    }
    Value::Object(map)
}

/// Describes a fact of a stage, which is known only after the build.
fn fact(built: &Built<'_>, lowered: &LoweredFact) -> Value {
    let mut map = Map::new();
    put(&mut map, "fact", lowered.name.as_str());
    put(&mut map, "place", built.place(lowered.fact.span));
    match &lowered.fact.source {
        FactSource::File(path) => put(&mut map, "file", path.as_str()),
        FactSource::Run(process) => {
            if let Script::Run { text, .. } = &process.script {
                put(&mut map, "run", redacted(text).as_ref());
            }
        }
    }
    put(&mut map, "key", lowered.fact.key.join("."));
    put(&mut map, "regex", lowered.fact.regex.clone());
    Value::Object(map)
}

/// Describes the part of the context that is sent.
fn context(built: &Built<'_>, reader: &Reader<'_>) -> Value {
    let Some(context) = built.context else { return Value::Null };
    let mut paths = crate::inputs::context::context_paths([built.plan]);
    if paths == ["."] {
        paths.clear();
    }
    let sent = if paths.is_empty() { json!("all") } else { json!(paths) };
    match built.graph.operation(context.vertex) {
        Some(Operation::Local(local)) => object([("sent", sent), ("exclude", json!(local.exclude))]),
        _ => object([("read", sent), ("from", json!(reader.origin(Some(context))))]),
    }
}

/// Describes a part of the build file that is omitted from the plan.
pub(super) fn omitted(built: &Built<'_>, part: &Omitted) -> Value {
    let values = part.decision.values.iter().map(|(name, value)| (name.clone(), json!(value)));
    object([
        ("what", json!(first_line(built.sources.text(part.span)))),
        ("place", place(part.span, built.sources)),
        ("stage", json!(part.stage)),
        ("condition", json!(built.sources.text(part.decision.span))),
        ("was", json!(if part.decision.outcome == Outcome::Holds { "true" } else { "false" })),
        ("values", Value::Object(values.collect())),
    ])
}

/// Returns the first line of a part of the build file, shortened.
fn first_line(text: &str) -> String {
    const LONGEST: usize = 60;
    let text = redacted(text);
    let mut lines = text.trim().lines();
    let line = lines.next().unwrap_or_default().trim_end();
    let cut = line.char_indices().nth(LONGEST).map_or(line.len(), |(at, _)| at);
    if cut < line.len() || lines.next().is_some() { format!("{} ...", &line[..cut]) } else { line.to_owned() }
}
