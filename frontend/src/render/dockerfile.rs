//! A plan as a Dockerfile for `docker/dockerfile:1` that builds the same image: the way out.
//!
//! Scripts, caches and files of packages, repositories and accounts come from where a build has them too. What a Dockerfile has no
//! word for is said in another form that is equal, or is an error that tells each place; nothing is left out unsaid.

mod base;
mod fetch;
mod files;
mod image;
mod mount;
mod names;
mod quote;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use varve_spec::packages::{account, install, repository};
use varve_spec::plan::{Action, Base, Script, Stage, Step};
use varve_spec::{Code, Diagnostic, Distribution, Span};

use super::Built;
use crate::image_config::config::{Config, change_env, join_path};

use names::{chain, names, unique};
use quote::{json, word};
use run::{By, user_line};

/// The text of the Dockerfile.
///
/// # Errors
/// Everything that a Dockerfile cannot say.
pub fn dockerfile(built: &Built<'_>) -> Result<String, Vec<Diagnostic>> {
    let (names, taken) = names(built);
    let chain = chain(&built.plan.stages);
    let mut printer = Printer {
        built,
        names,
        taken,
        helpers: BTreeMap::new(),
        text: String::new(),
        before: String::new(),
        lines: String::new(),
        found: Vec::new(),
        assumed: BTreeSet::new(),
        labs: false,
        done: Vec::new(),
    };
    for (index, stage) in built.plan.stages.iter().enumerate() {
        let state = printer.stage(index, stage, chain.contains(&index));
        printer.done.push(state);
        printer.text += &std::mem::take(&mut printer.before);
        printer.text += &std::mem::take(&mut printer.lines);
    }
    if printer.found.is_empty() { Ok(printer.head() + &printer.text) } else { Err(printer.found) }
}

/// What is written so far.
struct Printer<'a> {
    built: &'a Built<'a>,
    /// The names of the stages.
    names: Vec<String>,
    /// Names that no other stage may have.
    taken: BTreeSet<String>,
    /// Stages that the Dockerfile has beside those of the plan, by their texts.
    helpers: BTreeMap<String, String>,
    text: String,
    /// Those that the stage being written needs before it.
    before: String,
    /// The stage being written.
    lines: String,
    found: Vec<Diagnostic>,
    /// Images that nobody has looked at.
    assumed: BTreeSet<String>,
    /// Whether it needs what is no part of the stable syntax.
    labs: bool,
    done: Vec<State>,
}

/// A stage as far as it is written.
#[derive(Clone)]
struct State {
    config: Config,
    /// Whether the configuration of the image at the bottom is known.
    known: bool,
    /// What a stage that has its programs starts from; nothing while there are none.
    bottom: Option<String>,
}

impl State {
    fn scratch(config: Config) -> Self {
        Self { config, known: true, bottom: None }
    }
}

impl Printer<'_> {
    fn head(&self) -> String {
        let Built { plan, explanation: why, target, .. } = self.built;
        let syntax = if self.labs { "1-labs" } else { "1" };
        let axes: String = why.axes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        let mut text =
            format!("# syntax=docker/dockerfile:{syntax}\n#\n# {} for {target}{axes}\n", plan.target);
        text += &format!("# docker buildx build --platform {target} .\n");
        if !self.assumed.is_empty() {
            let images: Vec<&str> = self.assumed.iter().map(String::as_str).collect();
            text += &format!(
                "#\n# varve wrote this without a builder, so it assumes that {} sets no user, folder, shell, labels or \
                triggers.\n# `docker buildx build --call=dockerfile` uses the real configuration.\n",
                images.join(", ")
            );
        }
        text
    }

    fn stage(&mut self, index: usize, stage: &Stage, is_of_image: bool) -> State {
        let name = self.names[index].clone();
        let named = if stage.flatten { self.unique(&format!("{name}-whole")) } else { name.clone() };
        let mut state = self.base(stage, &named, is_of_image);
        let system = self.built.lowered.records.get(index).and_then(|record| record.distribution.clone());
        self.steps(&stage.steps, system.as_ref(), &mut state);
        if stage.flatten {
            self.flatten(stage, (&named, &name), &state);
        }
        self.image(stage.span, &stage.image, &mut state);
        if !stage.checks.is_empty() {
            let places: Vec<String> = stage.checks.iter().map(|check| self.place(check.span)).collect();
            self.line(format!("# A Dockerfile has no image tests: {}", places.join(", ")));
        }
        state
    }

    fn steps(&mut self, steps: &[Step], system: Option<&Distribution>, state: &mut State) {
        for step in steps {
            self.comment(step.span, step.name.as_deref().unwrap_or_default());
            if step.no_cache {
                self.line(
                    "# This step runs in every build: use --no-cache-filter with the name of the stage"
                        .to_owned(),
                );
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
                    _ => self.line("# No packages for this package manager".to_owned()),
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
                self.line(
                    "# The layers are parallel in the family. Here they follow one another, which gives the same files"
                        .to_owned(),
                );
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
                self.line(format!("WORKDIR {}", word(path)));
                state.config.workdir = join_path(&state.config.workdir, path);
            }
            Action::User(user) => {
                self.line(user_line(user));
                state.config.user.clone_from(user);
            }
            Action::Shell(shell) => {
                self.line(format!("SHELL {}", json(shell)));
                state.config.shell = Some(shell.clone());
            }
            action => self.files(step.span, action, state),
        }
    }

    /// What a layer sets ends with it, but for the environment.
    fn restore(&mut self, before: Config, state: &mut State) {
        let env = state.config.env.clone();
        if before.workdir != state.config.workdir {
            self.line(format!("WORKDIR {}", word(&join_path("/", &before.workdir))));
        }
        if before.user != state.config.user {
            self.line(user_line(&before.user));
        }
        if before.shell != state.config.shell {
            let usual = ["/bin/sh", "-c"].map(str::to_owned).to_vec();
            self.line(format!("SHELL {}", json(before.shell.as_ref().unwrap_or(&usual))));
        }
        state.config = before;
        state.config.env = env;
    }

    fn flatten(&mut self, stage: &Stage, (whole, name): (&str, &str), state: &State) {
        if !state.known {
            self.cannot_but(
                stage.span,
                "the configuration of the base of a flattened stage, without reading that base",
                "use a builder: docker buildx build --call=dockerfile",
            );
        }
        let platform = stage.platform.of("", "--platform=$BUILDPLATFORM ");
        self.line(format!(
            "\n# One layer with all files\nFROM {platform}scratch AS {name}\nCOPY --from={whole} / /"
        ));
        self.whole(stage.span, &state.config);
    }

    /// A stage of this text beside those of the plan, each text once; gives its name.
    fn helper(&mut self, kind: &str, base: &str, lines: &[String]) -> String {
        let text = format!("{base}\n{}", lines.join("\n"));
        if let Some(name) = self.helpers.get(&text) {
            return name.clone();
        }
        let name = self.unique(&format!("varve-{kind}"));
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.before += &format!("\nFROM {base} AS {name}\n{lines}");
        self.helpers.insert(text, name.clone());
        name
    }

    fn unique(&mut self, name: &str) -> String {
        unique(&mut self.taken, name)
    }

    /// What a helper that needs a shell starts from.
    fn with_shell(&self, state: &State) -> Option<String> {
        let image = self.built.plan.stages.iter().find_map(|stage| match &stage.base {
            Base::Image(reference) => Some(reference.clone()),
            _ => None,
        });
        state.bottom.clone().or(image)
    }

    fn instruction(&mut self, name: &str, flags: Vec<String>, rest: &str) {
        let words: Vec<String> =
            [name.to_owned()].into_iter().chain(flags).chain([rest.to_owned()]).collect();
        self.line(words.join(" "));
    }

    fn line(&mut self, line: String) {
        self.lines += &line;
        self.lines.push('\n');
    }

    /// Where what follows stands in the family.
    fn comment(&mut self, span: Span, what: &str) {
        let what = what.lines().next().unwrap_or_default();
        let colon = if what.is_empty() { "" } else { ": " };
        self.line(format!("\n# {}{colon}{what}", self.place(span)));
    }

    /// A difference that has to be known.
    fn note(&mut self, span: Span, text: &str) {
        self.line(format!("# {}: {text}", self.place(span)));
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
