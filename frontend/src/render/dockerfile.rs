//! A plan as a Dockerfile for `docker/dockerfile:1` that builds the same image: the way out.
//!
//! Scripts, caches and files of packages, repositories and accounts come from where a build has them too. What a Dockerfile has no
//! word for is said in another form that is equal, or is an error that tells each place; nothing is left out unsaid.
//!
//! From the plan come instructions: `varve-dockerfile` alone knows how they are written.

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
use varve_spec::plan::{Action, Base, Script, Stage, StagePlatform, Step};
use varve_spec::{Code, Diagnostic, Distribution, Span};

use super::Built;
use crate::image_config::config::{Config, change_env, join_path};

use names::{chain, names, unique, variable};
use run::By;

/// The text of the Dockerfile.
///
/// # Errors
/// Everything that a Dockerfile cannot express.
pub fn dockerfile(built: &Built<'_>) -> Result<String, Vec<Diagnostic>> {
    let (names, taken) = names(built);
    let chain = chain(&built.plan.stages);
    let mut renderer = Renderer {
        built,
        names,
        taken,
        helpers: Vec::new(),
        items: Vec::new(),
        before: Vec::new(),
        lines: Vec::new(),
        here: Span::default(),
        found: Vec::new(),
        assumed: BTreeSet::new(),
        labs: false,
        done: Vec::new(),
    };
    for (index, stage) in built.plan.stages.iter().enumerate() {
        let state = renderer.stage(index, stage, chain.contains(&index));
        renderer.done.push(state);
        let stage =
            std::mem::take(&mut renderer.before).into_iter().chain(std::mem::take(&mut renderer.lines));
        renderer.items.extend(stage);
    }
    renderer.finish()
}

/// An item, and the place that it comes from.
type Placed = (Span, Item);

/// A stage that the Dockerfile has beside those of the plan.
struct Helper {
    base: docker::Base,
    instructions: Vec<Instruction>,
    name: StageName,
}

/// What is made so far.
struct Renderer<'a> {
    built: &'a Built<'a>,
    /// The names of the stages.
    names: Vec<StageName>,
    /// Names that no other stage may have.
    taken: BTreeSet<String>,
    helpers: Vec<Helper>,
    /// The stages before.
    items: Vec<Placed>,
    /// The helpers that the stage being made needs before it.
    before: Vec<Placed>,
    /// The stage being made.
    lines: Vec<Placed>,
    /// The place of what is being made.
    here: Span,
    found: Vec<Diagnostic>,
    /// Images that nobody has looked at.
    assumed: BTreeSet<String>,
    /// Whether it needs what is no part of the stable syntax.
    labs: bool,
    done: Vec<State>,
}

/// A stage as far as it is made.
#[derive(Clone)]
struct State {
    config: Config,
    /// Whether the configuration of the image at the bottom is known.
    known: bool,
    /// What a stage that has its programs starts from; nothing while there are none.
    bottom: Option<docker::Base>,
}

impl State {
    fn scratch(config: Config) -> Self {
        Self { config, known: true, bottom: None }
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
            Some(format!("docker/dockerfile:{}", if self.labs { "1-labs" } else { "1" }));
        match file.print() {
            Ok(text) if self.found.is_empty() => return Ok(text),
            Ok(_) => {}
            Err(all) => all.iter().for_each(|wrong| {
                let place = wrong.item.and_then(|item| places.get(item)).copied().unwrap_or_default();
                self.cannot(place, &wrong.to_string());
            }),
        }
        Err(self.found)
    }

    /// The comments at the top.
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
        let whole = || StageName::like(&format!("{name}-whole"));
        let named = if stage.flatten { unique(&mut self.taken, &whole()) } else { name.clone() };
        let mut state = self.base(stage, &named, is_of_image);
        let system = self.built.lowered.records.get(index).and_then(|record| record.distribution.clone());
        self.steps(&stage.steps, system.as_ref(), &mut state);
        if stage.flatten {
            self.flatten(stage, (&named, &name), &state);
        }
        self.image(stage.span, &stage.image, &mut state);
        if !stage.checks.is_empty() {
            let places: Vec<String> = stage.checks.iter().map(|check| self.place(check.span)).collect();
            self.say(&format!("A Dockerfile has no image tests: {}", places.join(", ")));
        }
        state
    }

    fn steps(&mut self, steps: &[Step], system: Option<&Distribution>, state: &mut State) {
        for step in steps {
            self.comment(step.span, step.name.as_deref().unwrap_or_default());
            if step.no_cache {
                self.say("This step runs in every build: use --no-cache-filter with the name of the stage");
            }
            self.step(step, system, state);
        }
    }

    fn step(&mut self, step: &Step, system: Option<&Distribution>, state: &mut State) {
        match &step.action {
            Action::Run(process) => {
                self.run(step.span, process, state, By::Shell);
                // It has a shell, wherever that came from.
                if matches!(process.script, Script::Run { .. }) && state.bottom.is_none() {
                    state.bottom = self.with_shell(state);
                }
            }
            Action::Packages(wanted) => {
                let shell = state.config.shell.as_deref();
                match system.map(|system| install::process(wanted, system, shell)) {
                    Some(Ok(Some(process))) => self.run(step.span, &process, state, By::Program),
                    Some(Err(error)) => self.found.push(*error),
                    _ => self.say("No packages for this package manager"),
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
                    Some(Err(error)) => self.found.push(*error),
                    None => {}
                }
            }
            Action::Account(account) => self.run(step.span, &account::process(account), state, By::Program),
            Action::Layers(layers) => {
                self.say("The layers are parallel in the family. Here they follow one another, which gives the same files");
                for layer in layers {
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
                self.put(Instruction::Workdir(path.into()));
                state.config.workdir = join_path(&state.config.workdir, path);
            }
            Action::User(user) => {
                self.put(Instruction::User(user.into()));
                state.config.user.clone_from(user);
            }
            Action::Shell(shell) => {
                self.put(Instruction::Shell(shell.clone()));
                state.config.shell = Some(shell.clone());
            }
            action => self.files(step.span, action, state),
        }
    }

    /// What a layer sets ends with it, but for the environment.
    fn restore(&mut self, before: Config, state: &mut State) {
        let env = state.config.env.clone();
        if before.workdir != state.config.workdir {
            self.put(Instruction::Workdir(join_path("/", &before.workdir).into()));
        }
        if before.user != state.config.user {
            self.put(Instruction::User(Word::from(&before.user)));
        }
        if before.shell != state.config.shell {
            let usual = ["/bin/sh", "-c"].map(str::to_owned).to_vec();
            self.put(Instruction::Shell(before.shell.clone().unwrap_or(usual)));
        }
        state.config = before;
        state.config.env = env;
    }

    fn flatten(&mut self, stage: &Stage, (whole, name): (&StageName, &StageName), state: &State) {
        if !state.known {
            self.cannot_but(
                stage.span,
                "the configuration of the base of a flattened stage, without reading that base",
                "use a builder: docker buildx build --call=dockerfile",
            );
        }
        self.lines.push((self.here, Item::Blank));
        self.say("One layer with all files");
        let base = docker::Base { platform: platform(&stage.platform), origin: Origin::Scratch };
        self.put(Instruction::From { base, name: Some(name.clone()) });
        self.put(copied(whole, Files::new(["/"], "/")));
        self.whole(stage.span, &state.config);
    }

    /// A stage with these instructions beside those of the plan, each once; gives its name.
    fn helper(&mut self, kind: &str, base: docker::Base, instructions: Vec<Instruction>) -> StageName {
        let same = |helper: &&Helper| helper.base == base && helper.instructions == instructions;
        if let Some(helper) = self.helpers.iter().find(same) {
            return helper.name.clone();
        }
        let name = unique(&mut self.taken, &StageName::like(&format!("varve-{kind}")));
        let from = Instruction::From { base: base.clone(), name: Some(name.clone()) };
        let items = [from].into_iter().chain(instructions.iter().cloned()).map(Item::from);
        self.before.extend([Item::Blank].into_iter().chain(items).map(|item| (self.here, item)));
        self.helpers.push(Helper { base, instructions, name: name.clone() });
        name
    }

    /// What a helper that needs a shell starts from.
    fn with_shell(&self, state: &State) -> Option<docker::Base> {
        let image = self.built.plan.stages.iter().find_map(|stage| match &stage.base {
            Base::Image(name) => Some(docker::Base::of(Origin::Image(name.as_str().into()))),
            _ => None,
        });
        state.bottom.clone().or(image)
    }

    fn put(&mut self, instruction: Instruction) {
        self.lines.push((self.here, instruction.into()));
    }

    fn say(&mut self, comment: &str) {
        self.lines.push((self.here, Item::Comment(comment.to_owned())));
    }

    /// Where what follows stands in the family.
    fn comment(&mut self, span: Span, what: &str) {
        let what = what.lines().next().unwrap_or_default();
        let colon = if what.is_empty() { "" } else { ": " };
        self.here = span;
        self.lines.push((span, Item::Blank));
        self.say(&format!("{}{colon}{what}", self.place(span)));
    }

    /// A difference that has to be known.
    fn note(&mut self, span: Span, text: &str) {
        self.say(&format!("{}: {text}", self.place(span)));
    }

    fn place(&self, span: Span) -> String {
        let sources = self.built.sources;
        format!("{}:{}", sources.get(span.source).name(), sources.range(span).0.line)
    }

    fn cannot(&mut self, span: Span, what: &str) {
        self.cannot_but(span, what, "build this variant with varve, or write this in another way");
    }

    fn cannot_but(&mut self, span: Span, what: &str, help: &str) {
        let error = Diagnostic::error(Code::BadValue, span, format!("a Dockerfile cannot express {what}"));
        self.found.push(error.help(help));
    }
}

/// The platform of a stage, unless it is that of the image.
fn platform(platform: &StagePlatform) -> Option<Word> {
    match platform {
        StagePlatform::Target => None,
        StagePlatform::Build => variable("BUILDPLATFORM").map(Word::from),
    }
}

/// A copy from a stage.
fn copied(from: &StageName, files: Files) -> Instruction {
    Instruction::Copy(docker::Copy { files, from: Some(Origin::Stage(from.clone())), parents: false })
}
