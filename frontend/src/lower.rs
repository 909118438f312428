//! Plan and facts to graph and image configuration: a pure function.

mod checks;
mod exact;
pub(crate) mod fetch;
mod files;
mod layers;
mod name;
mod process;
mod provenance;
mod system;
mod record;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use checks::label as check_label;
pub use checks::{Checker, LoweredCheck};
pub(crate) use files::taken_out;
pub(crate) use name::label as step_label;
pub(crate) use provenance::labels as provenance_labels;
pub use record::{StageRecord, StepRecord};

use buildkit_gateway::Platform;
use buildkit_llb::{Graph, Location, Metadata, Output, Position, Range, Vertex};
use varve_spec::plan::{self, Action, Base, Origin, Provenance, Stage, Step};
use varve_spec::{Code, Diagnostic, Distribution, Plan, Sources, Span};

use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, BaseSource, ImageKey};
use crate::image_config::config::{Config, change_env, join_path};
use crate::image_config::history::Made;
use crate::request::settings::Settings;
use crate::util::platform::llb_platform;

/// What lowering has to know beside the plan.
#[derive(Debug)]
pub struct LowerInputs<'a> {
    /// The files of the family: steps point at their lines.
    pub sources: &'a Sources,
    /// Every image that the plan names.
    pub images: &'a BTreeMap<ImageKey, BaseImage>,
    /// The systems of images, as far as they are known.
    pub systems: &'a BTreeMap<ImageKey, Distribution>,
    /// The context, where the plan reads it.
    pub context: Option<Output>,
    /// The platform the image is for.
    pub target: &'a Platform,
    /// The platform of the machine that builds.
    pub build: &'a Platform,
    /// What the command line asks of every step.
    pub settings: &'a Settings,
    /// Whether the daemon can lay file systems over each other (capabilities mergeop and diffop); if not, the same trees are made
    /// one step after the other.
    pub merge: bool,
    /// Whether names tell the platform, because several are built.
    pub name_platform: bool,
    /// Every stage of a Dockerfile that the plan names.
    pub dockerfiles: &'a BTreeMap<DockerfileKey, BaseImage>,
    /// Who carries out checks; nobody where they are skipped.
    pub checker: Option<&'a Checker>,
    /// What becomes of that which only a builder knows.
    pub lacking: OnUnknown,
}

/// What becomes of that which only a builder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// It has to be known.
    Error,
    /// Something stands in its place, or what depends on it is passed over: nothing is built of it.
    Placeholder,
}

/// A plan as operations.
#[derive(Debug)]
pub struct Lowered {
    /// The file system of the image; nothing is scratch.
    pub output: Option<Output>,
    /// The configuration of the image.
    pub config: Config,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The configuration of the image that all this is built upon, as it is; nothing where there is none.
    pub base: Option<Arc<[u8]>>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The file systems of the stages that it is built from, by name.
    pub stages: Vec<(String, Option<Output>)>,
    /// What has to hold of what is built; no part of the image.
    pub checks: Vec<LoweredCheck>,
    /// How each stage became operations, in the order of the plan, where the graph keeps its operations.
    pub told: Vec<StageRecord>,
}

/// Adds the operations of a plan to a graph.
///
/// # Errors
/// What cannot be carried out: an owner by name or a script where there is no base, a configuration that is not JSON.
pub fn lower<'a>(
    plan: &'a Plan,
    facts: &'a LowerInputs<'a>,
    graph: &mut Graph,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut lowering = Lowerer {
        facts,
        provenance: plan.provenance.as_ref(),
        graph,
        target: Arc::new(llb_platform(facts.target)),
        build: Arc::new(llb_platform(facts.build)),
        done: Vec::with_capacity(plan.stages.len()),
        found: Vec::new(),
        checks: Vec::new(),
        told: Vec::new(),
    };
    for stage in &plan.stages {
        let state = lowering.stage(plan, stage);
        lowering.done.push(state);
    }
    let found = std::mem::take(&mut lowering.found);
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Diagnostic::is_error);
    let result = lowering.done.pop();
    match (errors.is_empty(), result) {
        (true, Some(mut state)) => {
            let labels = facts.settings.labels.iter();
            state.config.set_platform(facts.target);
            state.config.labels(labels.map(|(name, value)| (name.as_str(), value.as_str())));
            if let Some(epoch) = facts.settings.epoch {
                state.config.date(&epoch.rfc3339());
            }
            let State { root: output, config, base, annotations, .. } = state;
            let stages = plan.stages.iter().zip(&lowering.done);
            let stages = stages.map(|(stage, state)| (stage.name.clone(), state.root)).collect();
            let Lowerer { checks, told, .. } = lowering;
            Ok(Lowered { output, config, warnings, base, annotations, stages, checks, told })
        }
        _ => Err(errors),
    }
}

struct Lowerer<'a, 'g> {
    facts: &'a LowerInputs<'a>,
    provenance: Option<&'a Provenance>,
    graph: &'g mut Graph,
    target: Arc<buildkit_llb::Platform>,
    build: Arc<buildkit_llb::Platform>,
    done: Vec<State>,
    found: Vec<Diagnostic>,
    checks: Vec<LoweredCheck>,
    told: Vec<StageRecord>,
}

/// A stage as far as it has come.
#[derive(Debug, Clone)]
struct State {
    root: Option<Output>,
    config: Config,
    system: Option<Distribution>,
    /// The configuration of the image at the bottom.
    base: Option<Arc<[u8]>>,
    annotations: BTreeMap<String, String>,
}

impl State {
    fn new(root: Option<Output>, config: Config) -> Self {
        Self { root, config, system: None, base: None, annotations: BTreeMap::new() }
    }
}

/// What the steps of a stage have in common.
struct Place<'s> {
    stage: &'s Stage,
    platform: Arc<buildkit_llb::Platform>,
    /// The number of vertices of the stage, its base included, as names have it: `/7] `.
    of_all: String,
    no_cache: bool,
}

impl Place<'_> {
    /// That of an operation of the stage by this name.
    fn metadata(&self, name: String) -> Metadata {
        Metadata { ignore_cache: self.no_cache, ..Metadata::named(name) }
    }
}

impl<'a> Lowerer<'a, '_> {
    fn stage(&mut self, plan: &Plan, stage: &Stage) -> State {
        let platform = stage.platform.of(&self.target, &self.build).clone();
        let vertices = 1 + stage.steps.iter().map(|step| name::vertices(&step.action)).sum::<usize>();
        let no_cache = self.facts.settings.is_no_cache(plan, stage);
        let place = Place { stage, platform, of_all: format!("/{vertices}] "), no_cache };
        let mut state = self.base(&place);
        let image = if let Base::Image(reference) = &stage.base { reference } else { &stage.name };
        state.system = self.system(stage, state.system, image);
        self.tell_stage(vertices, &state);
        let mut number = 1;
        self.steps(&place, &mut number, &stage.steps, &mut state);
        if stage.flatten {
            self.flatten(&place, &mut state);
        }
        state.config.apply(&stage.image);
        state.annotations.extend(stage.image.annotations.iter().cloned());
        self.checks(&place, &state);
        state
    }

    fn base(&mut self, place: &Place<'_>) -> State {
        let stage = place.stage;
        let platform = self.platform_of(stage);
        match &stage.base {
            Base::Scratch => {
                let mut config = Config::scratch(platform);
                self.provenance(&mut config, None);
                State::new(None, config)
            }
            Base::Stage(index) => self.done[*index].clone(),
            Base::Dockerfile(dockerfile) => {
                let key = DockerfileKey::of(dockerfile, platform, place.no_cache);
                let base = self.facts.dockerfiles.get(&key);
                let root = base.and_then(|base| match base.source {
                    BaseSource::Output(output) => Some(output),
                    _ => None,
                });
                let json = base.and_then(|base| base.config.as_deref());
                let below = base.and_then(|base| base.below.as_deref()).map(Arc::from);
                let mut config = self.base_config(stage, &dockerfile.path, json);
                self.provenance(&mut config, None);
                State { base: below, ..State::new(root, config) }
            }
            Base::Image(reference) => {
                let label = format!("from {reference}");
                let key = ImageKey { reference: reference.clone(), platform: platform.clone() };
                let root = self.image(&key, stage.base_span, self.named(place, 1, &label));
                let image = self.facts.images.get(&key);
                let json = image.and_then(|image| image.config.as_deref());
                let mut config = self.base_config(stage, reference, json);
                self.provenance(&mut config, image.and_then(|image| image.pinned.as_ref()));
                if json.is_none() && root.is_some() {
                    // A named context of files alone: a layer that nobody else tells of.
                    config.record(label, Made::Layer);
                }
                let system = self.facts.systems.get(&key).cloned();
                State { system, base: json.map(Arc::from), ..State::new(root, config) }
            }
        }
    }

    /// The configuration that a stage starts with, from that of its base.
    fn base_config(&mut self, stage: &Stage, base: &str, json: Option<&[u8]>) -> Config {
        let platform = self.platform_of(stage);
        let config = json.map_or(Ok(Config::scratch(platform)), |json| Config::of_base(json, platform));
        let mut config = config.unwrap_or_else(|problem| {
            let message = format!("`{base}`: {problem}");
            self.found.push(Diagnostic::error(Code::BadValue, stage.base_span, message));
            Config::scratch(platform)
        });
        let triggers = config.take_on_build();
        if !triggers.is_empty() {
            let triggers = triggers.join("; ");
            let message = format!("`{base}` has ONBUILD triggers, which are not run: {triggers}");
            let warning = Diagnostic::warning(Code::OnBuild, stage.base_span, message);
            self.found.push(warning.help(match &stage.base {
                Base::Image(_) => format!(
                    "say what they do as steps, or start from a Dockerfile with the one line `FROM {base}`, which runs them"
                ),
                _ => "say what they do as steps".to_owned(),
            }));
        }
        config
    }

    /// The file system of an image.
    fn image(&mut self, key: &ImageKey, span: Span, name: String) -> Option<Output> {
        let image = self.facts.images.get(key)?;
        let vertex = match &image.source {
            BaseSource::Scratch => return None,
            BaseSource::Output(output) => return Some(*output),
            BaseSource::Operation(operation) => self.graph.add_ref(operation),
        };
        self.graph.describe(vertex, Metadata::named(image.label.clone().unwrap_or(name)));
        self.locate(vertex, span);
        self.graph.root(vertex)
    }

    /// The file system that a copy or a mount reads.
    fn origin(&mut self, origin: &Origin, place: &Place<'_>, span: Span) -> Option<Output> {
        match origin {
            Origin::Context => self.facts.context,
            Origin::Stage(index, _) => self.done[*index].root,
            Origin::Image(image) => {
                let plan::Image { reference, platform, span } = image;
                let name = format!("[{}] from {reference}", self.prefix(place.stage));
                let platform = platform.of(self.facts.target, self.facts.build).clone();
                let key = ImageKey { reference: reference.clone(), platform };
                self.image(&key, *span, name)
            }
            Origin::Download(download) => self.download(download, place, span),
            Origin::Git(git) => self.git(git, place, span),
        }
    }

    /// Adds steps; `number` is that of the last vertex of the stage, and goes on counting.
    fn steps(&mut self, place: &Place<'_>, number: &mut usize, steps: &[Step], state: &mut State) {
        for step in steps {
            let told = self.tell_step(state);
            if let Action::Layers(layers) = &step.action {
                self.layers(place, number, step, layers, state);
            } else {
                *number += name::vertices(&step.action);
                self.step(place, *number, step, state);
            }
            self.tell_result(told, *number, state);
        }
    }

    fn step(&mut self, place: &Place<'_>, number: usize, step: &Step, state: &mut State) {
        let manager = state.system.as_ref().map(|system| system.manager);
        let words = name::history(&step.action, manager);
        let vertex = match &step.action {
            Action::Run(process) => Some(self.process(place, step, process, state)),
            Action::Packages(packages) => self.packages(place, step, packages, state),
            Action::Repository(repository) => self.repository(place, number, step, repository, state),
            Action::Account(account) => Some(self.account(place, step, account, state)),
            Action::Layers(_) => None,
            Action::Copy(_)
            | Action::File { .. }
            | Action::Dir { .. }
            | Action::Symlink { .. }
            | Action::Remove(_) => self.files(place, step, state),
            Action::Workdir(path) => {
                state.config.workdir = join_path(&state.config.workdir, path);
                self.workdir(step, state)
            }
            Action::Env(entries) => {
                change_env(&mut state.config.env, entries);
                None
            }
            Action::User(user) => {
                state.config.user.clone_from(user);
                None
            }
            Action::Shell(shell) => {
                state.config.shell = Some(shell.clone());
                None
            }
        };
        if let Some(vertex) = vertex {
            let label = step.name.as_deref().map_or_else(|| name::first_line(&words), Cow::Borrowed);
            let metadata = Metadata {
                ignore_cache: place.no_cache || step.no_cache,
                ..Metadata::named(self.named(place, number, &label))
            };
            self.graph.describe(vertex, metadata);
            self.locate(vertex, step.span);
            state.root = self.graph.root(vertex);
        }
        state.config.record(words, if vertex.is_some() { Made::Layer } else { Made::Settings });
    }

    fn platform_of(&self, stage: &Stage) -> &'a Platform {
        stage.platform.of(self.facts.target, self.facts.build)
    }

    /// `[runtime 3/7] run make install`, with the platform in front where several are built.
    fn named(&self, place: &Place<'_>, number: usize, label: &str) -> String {
        let prefix = self.prefix(place.stage);
        ["[", &prefix, " ", &number.to_string(), &place.of_all, label].concat()
    }

    fn prefix<'s>(&self, stage: &'s Stage) -> Cow<'s, str> {
        match self.facts.name_platform {
            false => Cow::Borrowed(&stage.name),
            true => format!("{} {}", self.platform_of(stage), stage.name).into(),
        }
    }

    fn locate(&mut self, vertex: Vertex, span: Span) {
        let (start, end) = self.facts.sources.range(span);
        let position = |at: varve_spec::Position| Position { line: at.line, character: at.column - 1 };
        let ranges = vec![Range { start: position(start), end: position(end) }];
        self.graph.locate(vertex, Location { source: usize::from(span.source.0), ranges });
    }
}
