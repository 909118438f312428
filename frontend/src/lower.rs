//! Lowers a plan: a pure function from the plan and its facts to the graph and the image configuration.

mod base;
mod exact;
mod extract;
mod facts;
pub(crate) mod fetch;
mod files;
mod layers;
mod limit;
mod name;
mod owners;
mod packages;
mod patches;
mod process;
mod provenance;
mod record;
mod required;
mod rootfs_program;
mod rootfs_tests;
mod starts;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use facts::LoweredFact;
pub(crate) use fetch::RetriedFetch;
use limit::Limit;
pub(crate) use name::label as step_label;
pub(crate) use owners::has_owner_name;
pub(crate) use provenance::labels as provenance_labels;
pub use record::{StageRecord, StepRecord};
pub(crate) use rootfs_program::{PROGRAM as ROOTFS_PROGRAM, ROOT as ROOTFS};
pub use rootfs_program::{RootfsProgram, RunTests};
pub use rootfs_tests::LoweredRootfsTest;
pub(crate) use rootfs_tests::label as rootfs_test_label;
use starts::LoweredStage;

use buildkit_gateway::Platform;
use buildkit_llb::{Graph, Location, Metadata, Output, Position, Range, Vertex};
use varve_spec::plan::{Action, Base, Flatten, Provenance, Stage, Step};
use varve_spec::{Diagnostic, Distribution, Plan, Sources, Span};

use crate::facts::attempts::Attempts;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, ImageKey};
use crate::image_config::config::{Config, join_path};
use crate::image_config::history::Made;
use crate::request::settings::Settings;

/// The inputs of lowering, beside the plan.
#[derive(Debug)]
pub struct LowerInputs<'a> {
    /// The files of the family. The source locations of operations refer to them.
    pub sources: &'a Sources,
    /// All images that the plan names.
    pub images: &'a BTreeMap<ImageKey, BaseImage>,
    /// The distributions of images, as far as they are known.
    pub distributions: &'a BTreeMap<ImageKey, Distribution>,
    /// The build context, if the plan reads it.
    pub context: Option<Output>,
    /// The platform of the image.
    pub target: &'a Platform,
    /// The platform of the machine that builds.
    pub build: &'a Platform,
    /// Settings of the command line for every step.
    pub settings: &'a Settings,
    /// Whether the daemon can merge file systems (capabilities `mergeop` and `diffop`). If it cannot, layers are built one after
    /// the other, which gives the same file system.
    pub merge: bool,
    /// Whether the daemon can require the paths of a filtered copy (capability `file.copy.requiredpaths`).
    pub required_paths: bool,
    /// Whether the names of operations contain the platform. They do if several platforms are built.
    pub name_platform: bool,
    /// All stages of Dockerfiles that the plan names.
    pub dockerfiles: &'a BTreeMap<DockerfileKey, BaseImage>,
    /// The program that runs rootfs tests, unpacks archives, applies patches and looks up owners. `None` if no step and no test runs it.
    pub rootfs_program: Option<&'a RootfsProgram>,
    /// The fetches that failed so far.
    pub attempts: &'a Attempts,
    /// What happens if a fact is missing that only a builder knows.
    pub on_unknown: OnUnknown,
}

/// What happens if a fact is missing that only a builder knows, such as the package manager of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// Report an error.
    Error,
    /// Use a placeholder, or leave out what depends on the fact. The result is for display and cannot be built.
    Placeholder,
}

/// The result of lowering a plan.
#[derive(Debug)]
pub struct Lowered {
    /// The file system of the image. `None` is scratch.
    pub output: Option<Output>,
    /// The configuration of the image.
    pub config: Config,
    /// Warnings of lowering.
    pub warnings: Vec<Diagnostic>,
    /// The configuration of the image that the first stage starts from, as the registry sent it (JSON). `None` if there is no such
    /// image.
    pub base_config: Option<Arc<[u8]>>,
    /// Annotations for the image manifest.
    pub annotations: BTreeMap<String, String>,
    /// Annotations for the index.
    pub index_annotations: BTreeMap<String, String>,
    /// The stages that the image is built from.
    pub stages: Vec<LoweredBelow>,
    /// The rootfs tests. They are not part of the image.
    pub rootfs_tests: Vec<LoweredRootfsTest>,
    /// The facts that the image contains, and where the build finds them. They are not part of the image.
    pub facts: Vec<LoweredFact>,
    /// The fetches that are tried again if they fail.
    pub retried: Vec<RetriedFetch>,
    /// What the operations lack because only a builder knows it, as the errors that [`OnUnknown::Error`] makes of it.
    pub unknown: Vec<Diagnostic>,
    /// How the steps of each stage became operations, in the order of the plan. Empty unless the graph retains its operations.
    pub records: Vec<StageRecord>,
}

/// A stage that an image is built from.
#[derive(Debug, Clone)]
pub struct LoweredBelow {
    /// The name, with the arguments of the stage.
    pub name: String,
    /// The name in the build file.
    pub declared: String,
    /// The file system. `None` is scratch.
    pub root: Option<Output>,
}

/// Adds the operations of a plan to a graph.
///
/// # Errors
/// Returns an error for each step that cannot be lowered, such as an owner by name or a script in an empty file system, and for a
/// base whose configuration is not JSON.
pub fn lower<'a>(
    plan: &'a Plan,
    inputs: &'a LowerInputs<'a>,
    graph: &mut Graph,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut lowerer = Lowerer {
        inputs,
        provenance: plan.provenance.as_ref(),
        graph,
        target: Arc::new(inputs.target.clone()),
        build: Arc::new(inputs.build.clone()),
        lowered_stages: Vec::with_capacity(plan.stages.len()),
        limit: Limit::default(),
        diagnostics: Vec::new(),
        rootfs_tests: Vec::new(),
        facts: Vec::new(),
        retried: Vec::new(),
        unknown: Vec::new(),
        records: Vec::new(),
    };
    let mut result = None;
    let with_facts = plan.stages_with_facts();
    for (stage, starts) in plan.stages.iter().zip(starts::of(plan)) {
        let has_facts = with_facts.iter().any(|with_facts| std::ptr::eq(*with_facts, stage));
        let state = lowerer.stage(plan, stage, has_facts);
        let root = state.root;
        let mut lowered = LoweredStage { root, state: None, starts };
        match starts {
            // No stage starts from the last one, which is the image.
            0 => result = Some(state),
            _ => lowered.state = Some(state),
        }
        lowerer.lowered_stages.push(lowered);
    }
    let diagnostics = std::mem::take(&mut lowerer.diagnostics);
    let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(Diagnostic::is_error);
    match (errors.is_empty(), result) {
        (true, Some(mut state)) => {
            let labels = inputs.settings.labels.iter();
            state.config.set_platform(inputs.target);
            state.config.labels(labels.map(|(name, value)| (name.as_str(), value.as_str())));
            if let Some(epoch) = inputs.settings.epoch {
                state.config.date(&epoch.rfc3339());
            }
            let State { root: output, config, base_config, annotations, index_annotations, .. } = state;
            let stages = plan.stages.iter().zip(&lowerer.lowered_stages);
            // The last stage is the image itself.
            let stages = stages.rev().skip(1).rev();
            let stages = stages.map(|(stage, lowered)| LoweredBelow {
                name: stage.name.clone(),
                declared: stage.declared.clone(),
                root: lowered.root,
            });
            let stages = stages.collect();
            let Lowerer { rootfs_tests, facts, retried, unknown, records, .. } = lowerer;
            Ok(Lowered {
                output,
                config,
                warnings,
                base_config,
                annotations,
                index_annotations,
                stages,
                rootfs_tests,
                facts,
                retried,
                unknown,
                records,
            })
        }
        _ => Err(errors),
    }
}

struct Lowerer<'a, 'g> {
    inputs: &'a LowerInputs<'a>,
    provenance: Option<&'a Provenance>,
    graph: &'g mut Graph,
    target: Arc<buildkit_llb::Platform>,
    build: Arc<buildkit_llb::Platform>,
    /// The stages that were lowered already, by their index in the plan.
    lowered_stages: Vec<LoweredStage>,
    limit: Limit,
    diagnostics: Vec<Diagnostic>,
    rootfs_tests: Vec<LoweredRootfsTest>,
    facts: Vec<LoweredFact>,
    retried: Vec<RetriedFetch>,
    /// See [`Lowered::unknown`].
    unknown: Vec<Diagnostic>,
    records: Vec<StageRecord>,
}

/// The state of a stage after the steps that were lowered so far.
#[derive(Debug, Clone)]
struct State {
    root: Option<Output>,
    config: Config,
    distribution: Option<Distribution>,
    /// Whether another layer can use the package manager at the same time.
    has_siblings: bool,
    /// The configuration of the image that the stage goes back to.
    base_config: Option<Arc<[u8]>>,
    annotations: BTreeMap<String, String>,
    index_annotations: BTreeMap<String, String>,
}

impl State {
    fn new(root: Option<Output>, config: Config) -> Self {
        let (annotations, index_annotations) = (BTreeMap::new(), BTreeMap::new());
        Self {
            root,
            config,
            distribution: None,
            has_siblings: false,
            base_config: None,
            annotations,
            index_annotations,
        }
    }
}

/// The properties of a stage that all of its operations need.
struct StageInfo<'s> {
    stage: &'s Stage,
    platform: Arc<buildkit_llb::Platform>,
    /// The number of operations of the stage, including its base, formatted for names: `/7] `.
    of_all: String,
    no_cache: bool,
}

impl StageInfo<'_> {
    /// Returns the metadata for an operation of the stage with this name.
    fn metadata(&self, name: String) -> Metadata {
        Metadata { ignore_cache: self.no_cache, ..Metadata::named(name) }
    }
}

impl<'a> Lowerer<'a, '_> {
    fn stage(&mut self, plan: &Plan, stage: &Stage, has_facts: bool) -> State {
        let platform = stage.platform.of(&self.target, &self.build).clone();
        let operations = 1 + stage.steps.iter().map(|step| name::operations(&step.action)).sum::<usize>();
        let no_cache = self.inputs.settings.is_no_cache(plan, stage);
        let info = StageInfo { stage, platform, of_all: format!("/{operations}] "), no_cache };
        let mut state = self.base(&info);
        let name = match &stage.base {
            Base::Image(reference) => reference.without_digest(),
            _ => stage.name.clone(),
        };
        state.distribution =
            Distribution::of_stage(state.distribution, stage.package_manager, &name, self.platform_of(stage));
        self.record_stage(operations, &state);
        let before = (stage.flatten == Flatten::Own).then(|| state.clone());
        let mut number = 1;
        self.steps(&info, &mut number, &stage.steps, &mut state);
        match &before {
            Some(before) => self.flatten_own(&info, before, &mut state),
            None if stage.flatten == Flatten::All => self.flatten(&info, &mut state),
            None => {}
        }
        state.config.apply(&stage.image);
        state.annotations.extend(stage.image.annotations.iter().cloned());
        state.index_annotations.extend(stage.image.index_annotations.iter().cloned());
        self.rootfs_tests(&info, &state);
        if has_facts {
            self.facts(&info, &state);
        }
        state
    }

    /// Lowers steps. `number` is the number of operations of the stage so far, and is increased.
    fn steps(&mut self, info: &StageInfo<'_>, number: &mut usize, steps: &[Step], state: &mut State) {
        for step in steps {
            if self.limit.is_exceeded() {
                return;
            }
            let record = self.record_step(step, state);
            if let Action::Layers(layers) = &step.action {
                self.layers(info, number, step, layers, state);
            } else {
                *number += name::operations(&step.action);
                self.step(info, *number, step, state);
            }
            self.record_result(record, *number, state);
        }
    }

    fn step(&mut self, info: &StageInfo<'_>, number: usize, step: &Step, state: &mut State) {
        let manager = state.distribution.as_ref().map(|distribution| distribution.manager);
        let description = name::history(&step.action, manager);
        let vertex = match &step.action {
            Action::Run(process) => Some(self.process(info, step, process, state)),
            Action::Packages(packages) => self.packages(info, step, packages, state),
            Action::Repository(repository) => self.repository(info, number, step, repository, state),
            Action::Account(account) => Some(self.account(info, step, account, state)),
            Action::Layers(_) => None,
            Action::Copy(_)
            | Action::File { .. }
            | Action::Dir { .. }
            | Action::Symlink { .. }
            | Action::Remove(_) => self.files(info, step, state),
            Action::Workdir(path) => {
                state.config.workdir = join_path(&state.config.workdir, path);
                self.workdir(info, step, state)
            }
            Action::Env(entries) => {
                self.change_env(step, entries, &mut state.config.env);
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
        let extracted = match &step.action {
            Action::Copy(copy) => copy.extract.as_ref().map(|extract| (&**copy, extract)),
            _ => None,
        };
        let made = match extracted {
            Some(extracted) => self.extracted(info, step, extracted, state),
            None => vertex.and_then(|vertex| self.graph.root(vertex)),
        };
        if let Some(made) = made {
            let label = step.name.as_deref().map_or_else(|| name::first_line(&description), Cow::Borrowed);
            self.finish_operation(info, step, made, self.named(info, number, &label), state);
        }
        state.config.record(description, if made.is_some() { Made::Layer } else { Made::Settings });
    }

    /// Adds the metadata of an operation of a step. The next operation runs on its file system.
    fn finish_operation(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        made: Output,
        name: String,
        state: &mut State,
    ) {
        let ignore_cache = info.no_cache || step.no_cache;
        self.graph.describe(made.vertex, Metadata { ignore_cache, ..Metadata::named(name) });
        self.locate(made.vertex, step.span);
        state.root = Some(made);
    }

    fn platform_of(&self, stage: &Stage) -> &'a Platform {
        stage.platform.of(self.inputs.target, self.inputs.build)
    }

    fn locate(&mut self, vertex: Vertex, span: Span) {
        let (start, end) = self.inputs.sources.range(span);
        let position = |at: varve_spec::Position| Position { line: at.line, character: at.column - 1 };
        let ranges = vec![Range { start: position(start), end: position(end) }];
        self.graph.locate(vertex, Location { source: usize::from(span.source.0), ranges });
    }
}
