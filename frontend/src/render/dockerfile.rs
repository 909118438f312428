//! Converts a plan to a Dockerfile for `docker/dockerfile:1` that builds the same image.
//!
//! Steps such as `packages` get the same scripts, caches and files as in a build. If a Dockerfile has no equivalent of something, it
//! gets other instructions with the same result, a comment, or an error with the place. Nothing is dropped silently.
//!
//! This module makes instructions of the plan. `varve-dockerfile` prints them as text.

mod base;
mod fetch;
mod files;
mod image;
mod mount;
mod names;
mod run;

use std::collections::BTreeSet;

use varve_dockerfile::{self as docker, Dockerfile, Files, Instruction, Item, Origin, StageName, Word};
use varve_spec::packages::{account, install, repository};
use varve_spec::plan::{Action, Base, Flatten, Script, Sharing, Stage, StagePlatform, Step};
use varve_spec::{Code, Diagnostic, Distribution, Span};

use super::Built;
use crate::image_config::config::{Config, change_env, join_path};

use names::{names, stages_of_image, unique, variable};
use run::Interpreter;

/// Returns the text of the Dockerfile.
///
/// # Errors
/// Returns an error for everything that a Dockerfile cannot express.
pub fn dockerfile(built: &Built<'_>) -> Result<String, Vec<Diagnostic>> {
    let (names, taken) = names(built);
    let of_image = stages_of_image(&built.plan.stages);
    let mut renderer = Renderer {
        built,
        names,
        taken,
        helpers: Vec::new(),
        items: Vec::new(),
        helper_items: Vec::new(),
        stage_items: Vec::new(),
        span: Span::default(),
        errors: Vec::new(),
        assumed: BTreeSet::new(),
        needs_labs: false,
        states: Vec::new(),
    };
    for (index, stage) in built.plan.stages.iter().enumerate() {
        let state = renderer.stage(index, stage, of_image.contains(&index));
        renderer.states.push(state);
        renderer.items.append(&mut renderer.helper_items);
        renderer.items.append(&mut renderer.stage_items);
    }
    renderer.finish()
}

/// An item of the Dockerfile, and the place in the build file that it comes from.
type PlacedItem = (Span, Item);

/// A stage that the plan does not have, because one of its steps needs a stage of its own in a Dockerfile.
struct Helper {
    base: docker::Base,
    instructions: Vec<Instruction>,
    name: StageName,
}

/// The Dockerfile while it is made, stage by stage.
struct Renderer<'a> {
    built: &'a Built<'a>,
    /// The name of each stage of the plan.
    names: Vec<StageName>,
    /// All names in use. No other stage can have them.
    taken: BTreeSet<String>,
    helpers: Vec<Helper>,
    /// The finished stages.
    items: Vec<PlacedItem>,
    /// New helpers of the current stage. They come before it.
    helper_items: Vec<PlacedItem>,
    /// The current stage.
    stage_items: Vec<PlacedItem>,
    /// The place of the current step.
    span: Span,
    errors: Vec<Diagnostic>,
    /// The base images whose configuration is not known, but assumed to be empty.
    assumed: BTreeSet<String>,
    /// Whether a step uses a flag that the stable syntax does not have.
    needs_labs: bool,
    /// The states at the end of the finished stages.
    states: Vec<State>,
}

/// The state of a stage after the instructions so far.
#[derive(Clone)]
struct State {
    config: Config,
    /// Whether the configuration of the base image is known.
    config_known: bool,
    /// The base image that gives the stage its shell and programs. `None` if the stage has none.
    system_base: Option<docker::Base>,
}

impl State {
    fn scratch(config: Config) -> Self {
        Self { config, config_known: true, system_base: None }
    }
}

impl Renderer<'_> {
    /// Returns the text, or an error for everything that a Dockerfile cannot express.
    fn finish(mut self) -> Result<String, Vec<Diagnostic>> {
        let head = self.head();
        let items = head.into_iter().map(|line| (Span::default(), Item::Comment(line)));
        let (places, items): (Vec<Span>, Vec<Item>) = items.chain(std::mem::take(&mut self.items)).unzip();
        let mut file = Dockerfile { items, ..Dockerfile::default() };
        file.directives.syntax =
            Some(format!("docker/dockerfile:{}", if self.needs_labs { "1-labs" } else { "1" }));
        match file.print() {
            Ok(text) if self.errors.is_empty() => return Ok(text),
            Ok(_) => {}
            Err(errors) => errors.iter().for_each(|error| {
                let place = error.item.and_then(|item| places.get(item)).copied().unwrap_or_default();
                self.error(place, &error.to_string());
            }),
        }
        Err(self.errors)
    }

    /// Returns the lines of the comment at the top.
    fn head(&self) -> Vec<String> {
        let Built { plan, explanation: why, target, .. } = self.built;
        let axes: String = why.axes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        let mut lines = vec![
            String::new(),
            format!("{} for {target}{axes}", plan.target),
            format!("docker buildx build --platform {target} ."),
        ];
        if !self.assumed.is_empty() {
            let images: Vec<&str> = self.assumed.iter().map(String::as_str).collect();
            lines.extend([
                String::new(),
                format!(
                    "varve wrote this without a builder, so it assumes that {} sets no user, folder, shell, labels or triggers.",
                    images.join(", ")
                ),
                "`docker buildx build --call=dockerfile` uses the real configuration.".to_owned(),
            ]);
        }
        lines
    }

    fn stage(&mut self, index: usize, stage: &Stage, is_of_image: bool) -> State {
        let name = self.names[index].clone();
        // A flattened stage is two stages: one with all steps, and one with a copy of its files.
        let whole = || StageName::sanitise(&format!("{name}-whole"));
        let first =
            if stage.flatten == Flatten::All { unique(&mut self.taken, &whole()) } else { name.clone() };
        let mut state = self.base(stage, &first, is_of_image);
        let system = self.built.lowered.records.get(index).and_then(|record| record.distribution.clone());
        self.steps(&stage.steps, system.as_ref(), &mut state);
        match stage.flatten {
            Flatten::All => self.flatten(stage, (&first, &name), &state),
            Flatten::Own => self.comment(
                "The steps make one layer in the family. Here each makes its own, with the same files",
            ),
            Flatten::No => {}
        }
        self.image(stage.span, &stage.image, &mut state);
        if !stage.checks.is_empty() {
            let places: Vec<String> = stage.checks.iter().map(|check| self.place(check.span)).collect();
            self.comment(&format!("A Dockerfile has no image tests: {}", places.join(", ")));
        }
        if stage.reads_facts && is_of_image {
            self.error(stage.span, "the facts in the configuration of this stage");
        }
        state
    }

    fn steps(&mut self, steps: &[Step], system: Option<&Distribution>, state: &mut State) {
        for step in steps {
            self.heading(step.span, step.name.as_deref().unwrap_or_default());
            if step.no_cache {
                self.comment(
                    "This step runs in every build: use --no-cache-filter with the name of the stage",
                );
            }
            self.step(step, system, state);
        }
    }

    fn step(&mut self, step: &Step, system: Option<&Distribution>, state: &mut State) {
        match &step.action {
            Action::Run(process) => {
                self.run(step.span, process, state, Interpreter::Configured);
                // A stage from `scratch` whose step runs a script got a shell by an earlier copy.
                if matches!(process.script, Script::Run { .. }) && state.system_base.is_none() {
                    state.system_base = self.shell_base(state);
                }
            }
            Action::Packages(wanted) => {
                let shell = state.config.shell.as_deref();
                match system.map(|system| install::process(wanted, system, shell, Sharing::Locked)) {
                    Some(Ok(Some(process))) => self.run(step.span, &process, state, Interpreter::Sh),
                    Some(Err(errors)) => self.errors.extend(errors),
                    _ => self.comment("No packages for this package manager"),
                }
            }
            Action::Repository(repository) => {
                let actions = system.map(|system| repository::actions(repository, system));
                match actions {
                    Some(Ok(actions)) => {
                        for action in actions {
                            self.step(&Step { action, ..step.clone() }, system, state);
                        }
                    }
                    Some(Err(error)) => self.errors.push(*error),
                    None => {}
                }
            }
            Action::Account(account) => {
                self.run(step.span, &account::process(account), state, Interpreter::Sh)
            }
            Action::Layers(layers) => {
                self.comment("The layers are parallel in the family. Here they follow one another, which gives the same files");
                let last = layers.layers.last();
                if layers.prefer.iter().any(|(_, name)| last.is_none_or(|last| last.name != *name)) {
                    self.error_with_help(
                        step.span,
                        "which layer wins where several change a file",
                        "in a Dockerfile the last one wins: put the layer that `prefer` names last",
                    );
                }
                for layer in &layers.layers {
                    let before = state.config.clone();
                    self.steps(&layer.steps, system, state);
                    self.restore(before, state);
                }
            }
            Action::Env(changes) => {
                self.env(step.span, changes, state);
                change_env(&mut state.config.env, changes);
            }
            Action::Workdir(path) => {
                self.push(Instruction::Workdir(path.into()));
                state.config.workdir = join_path(&state.config.workdir, path);
            }
            Action::User(user) => {
                self.push(Instruction::User(user.into()));
                state.config.user.clone_from(user);
            }
            Action::Shell(shell) => {
                self.push(Instruction::Shell(shell.clone()));
                state.config.shell = Some(shell.clone());
            }
            Action::Copy(copy) => self.copy(step.span, copy, state),
            Action::File { path, content, owner, mode } => {
                self.file(step.span, (path, content), owner.as_ref(), *mode, state);
            }
            Action::Dir { path, owner, mode } => self.dir(path, owner.as_ref(), *mode, state),
            Action::Symlink { path, to, owner } => {
                self.symlink(step.span, (path, to), owner.as_ref(), state);
            }
            Action::Remove(remove) => self.remove(step.span, remove, state),
        }
    }

    /// Resets the settings of a layer after it. Only the environment remains.
    fn restore(&mut self, before: Config, state: &mut State) {
        let env = state.config.env.clone();
        if before.workdir != state.config.workdir {
            self.push(Instruction::Workdir(join_path("/", &before.workdir).into()));
        }
        if before.user != state.config.user {
            self.push(Instruction::User(Word::from(&before.user)));
        }
        if before.shell != state.config.shell {
            let default = ["/bin/sh", "-c"].map(str::to_owned).to_vec();
            self.push(Instruction::Shell(before.shell.clone().unwrap_or(default)));
        }
        state.config = before;
        state.config.env = env;
    }

    fn flatten(&mut self, stage: &Stage, (whole, name): (&StageName, &StageName), state: &State) {
        if !state.config_known {
            self.error_with_help(
                stage.span,
                "the configuration of the base of a flattened stage, without reading that base",
                "use a builder: docker buildx build --call=dockerfile",
            );
        }
        self.stage_items.push((self.span, Item::Blank));
        self.comment("One layer with all files");
        let base = docker::Base { platform: platform(&stage.platform), origin: Origin::Scratch };
        self.push(Instruction::From { base, name: Some(name.clone()) });
        self.push(copy_from(whole, Files::new(["/"], "/")));
        self.whole_config(stage.span, &state.config);
    }

    /// Returns the name of a helper with this base and these instructions. An equal helper is used again.
    fn helper(&mut self, kind: &str, base: docker::Base, instructions: Vec<Instruction>) -> StageName {
        let is_equal = |helper: &&Helper| helper.base == base && helper.instructions == instructions;
        if let Some(helper) = self.helpers.iter().find(is_equal) {
            return helper.name.clone();
        }
        let name = unique(&mut self.taken, &StageName::sanitise(&format!("varve-{kind}")));
        let from = Instruction::From { base: base.clone(), name: Some(name.clone()) };
        let items = [from].into_iter().chain(instructions.iter().cloned()).map(Item::from);
        self.helper_items.extend([Item::Blank].into_iter().chain(items).map(|item| (self.span, item)));
        self.helpers.push(Helper { base, instructions, name: name.clone() });
        name
    }

    /// Returns a base for a helper that needs a shell: the one of the stage, or any image of the plan.
    fn shell_base(&self, state: &State) -> Option<docker::Base> {
        let image = self.built.plan.stages.iter().find_map(|stage| match &stage.base {
            Base::Image(name) => Some(docker::Base::of(Origin::Image(name.as_str().into()))),
            _ => None,
        });
        state.system_base.clone().or(image)
    }

    fn push(&mut self, instruction: Instruction) {
        self.stage_items.push((self.span, instruction.into()));
    }

    fn comment(&mut self, comment: &str) {
        self.stage_items.push((self.span, Item::Comment(comment.to_owned())));
    }

    /// Begins a stage or a step, with a comment that names its place.
    fn heading(&mut self, span: Span, what: &str) {
        let what = what.lines().next().unwrap_or_default();
        let colon = if what.is_empty() { "" } else { ": " };
        self.span = span;
        self.stage_items.push((span, Item::Blank));
        self.comment(&format!("{}{colon}{what}", self.place(span)));
    }

    /// Adds a comment about a difference to the build file, with its place.
    fn note(&mut self, span: Span, text: &str) {
        self.comment(&format!("{}: {text}", self.place(span)));
    }

    fn place(&self, span: Span) -> String {
        let sources = self.built.sources;
        format!("{}:{}", sources.get(span.source).name(), sources.range(span).0.line)
    }

    fn error(&mut self, span: Span, what: &str) {
        self.error_with_help(span, what, "build this variant with varve, or write this in another way");
    }

    fn error_with_help(&mut self, span: Span, what: &str, help: &str) {
        let error = Diagnostic::error(Code::BadValue, span, format!("a Dockerfile cannot express {what}"));
        self.errors.push(error.help(help));
    }
}

/// The flag `--platform` of a stage. `None` for the target platform.
fn platform(platform: &StagePlatform) -> Option<Word> {
    match platform {
        StagePlatform::Target => None,
        StagePlatform::Build => variable("BUILDPLATFORM").map(Word::from),
    }
}

/// Copies files from a stage.
fn copy_from(from: &StageName, files: Files) -> Instruction {
    Instruction::Copy(docker::Copy { files, from: Some(Origin::Stage(from.clone())), parents: false })
}
