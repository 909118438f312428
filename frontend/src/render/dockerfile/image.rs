//! Instructions for the configuration of the image.

use std::time::Duration;

use serde_json::Value;
use varve_dockerfile::{self as docker, Expansion, Instruction, Line, Part, Test, Variable, Word};
use varve_spec::Span;
use varve_spec::plan::{Command, EnvChange, EnvValue, Healthcheck, ImageConfig};

use super::names::variable;
use super::{Renderer, State};
use crate::image_config::config::{Config, DEFAULT_PATH, join_path};

impl Renderer<'_> {
    /// Adds the settings of `image` of a stage.
    pub(super) fn image(&mut self, span: Span, image: &ImageConfig, state: &mut State) {
        if *image == ImageConfig::default() {
            return;
        }
        self.heading(span, "image");
        if let Some(command) = &image.entrypoint {
            self.push(Instruction::Entrypoint(command_of(command, state)));
        }
        if let Some(command) = &image.cmd {
            self.push(Instruction::Cmd(command_of(command, state)));
        }
        self.env(span, &image.env, state);
        self.labels(&image.labels);
        self.lists(&image.expose, &image.volumes);
        if let Some(signal) = &image.stop_signal {
            self.push(Instruction::StopSignal(signal.into()));
        }
        if let Some(check) = &image.healthcheck {
            let check = self.healthcheck(span, check, state);
            self.push(Instruction::Healthcheck(check));
        }
        if let Some(path) = &image.workdir {
            if join_path(&state.config.workdir, path) != "/" {
                self.note(span, "WORKDIR creates the folder if it is missing; `image.workdir` does not");
            }
            self.push(Instruction::Workdir(path.into()));
        }
        if let Some(user) = &image.user {
            self.push(Instruction::User(user.into()));
        }
        let option = |front: &str, (name, text): &(String, String)| {
            format!("--annotation {}", varve_spec::shell_quoted(&format!("{front}{name}={text}")))
        };
        let of_manifest = image.annotations.iter().map(|annotation| option("", annotation));
        let of_index = image.index_annotations.iter().map(|annotation| option("index:", annotation));
        let options: Vec<String> = of_manifest.chain(of_index).collect();
        if !options.is_empty() {
            let note = format!("annotations are options of the build: {}", options.join(" "));
            self.note(span, &note.replace('\n', " "));
        }
        state.config.apply(image);
    }

    /// Adds changes of the environment as one `ENV`.
    pub(super) fn env(&mut self, span: Span, changes: &[EnvChange], state: &State) {
        let mut variables = Vec::new();
        for EnvChange { name, change } in changes {
            let Some(key) = variable(name) else {
                self.error(span, &format!("a variable with the name `{name}`"));
                continue;
            };
            let before = state.config.env.get(name).filter(|value| !value.is_empty());
            let variable = |expansion| Part::Variable(Variable { name: key.clone(), expansion });
            let colon = || Part::from(":");
            let value: Word = match change {
                EnvValue::Set(text) => text.into(),
                EnvValue::Unset if state.config_known && state.config.env.get(name).is_none() => continue,
                EnvValue::Unset => {
                    self.error(span, &format!("the removal of the variable `{name}` from the environment"));
                    continue;
                }
                EnvValue::Prepend(text) if before.is_some() => {
                    [text.into(), colon(), variable(Expansion::Value)].into_iter().collect()
                }
                EnvValue::Append(text) if before.is_some() => {
                    [variable(Expansion::Value), colon(), text.into()].into_iter().collect()
                }
                EnvValue::Prepend(text) => {
                    let behind = [colon(), variable(Expansion::Value)].into_iter().collect();
                    [text.into(), variable(Expansion::Alternative(behind))].into_iter().collect()
                }
                EnvValue::Append(text) => {
                    let front = [variable(Expansion::Value), colon()].into_iter().collect();
                    [variable(Expansion::Alternative(front)), text.into()].into_iter().collect()
                }
            };
            variables.push((key, value));
        }
        if !variables.is_empty() {
            self.push(Instruction::Env(variables));
        }
    }

    pub(super) fn labels<'t>(&mut self, labels: impl IntoIterator<Item = &'t (String, String)>) {
        let labels: Vec<(Word, Word)> =
            labels.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        if !labels.is_empty() {
            self.push(Instruction::Label(labels));
        }
    }

    fn lists(&mut self, ports: &[String], volumes: &[String]) {
        if !ports.is_empty() {
            self.push(Instruction::Expose(ports.iter().map(Word::from).collect()));
        }
        if !volumes.is_empty() {
            self.push(Instruction::Volume(volumes.iter().map(Word::from).collect()));
        }
    }

    fn healthcheck(&mut self, span: Span, check: &Healthcheck, state: &State) -> docker::Healthcheck {
        let times = [check.interval, check.timeout, check.start_period, check.start_interval];
        let Some(command) = &check.test else {
            if times.iter().any(Option::is_some) || check.retries.is_some() {
                self.error(span, "the times of a health check that is switched off");
            }
            return docker::Healthcheck::None;
        };
        let [interval, timeout, start_period, start_interval] =
            times.map(|time| time.map(Duration::from_nanos));
        docker::Healthcheck::Test(Test {
            command: command_of(command, state),
            interval,
            timeout,
            start_period,
            start_interval,
            retries: check.retries,
        })
    }

    /// Adds a whole configuration, for a stage from `scratch`.
    pub(super) fn whole_config(&mut self, span: Span, config: &Config) {
        let set = |(name, text): (&str, &str)| {
            let change = EnvValue::Set(text.to_owned());
            (name != "PATH" || text != DEFAULT_PATH).then(|| EnvChange { name: name.to_owned(), change })
        };
        let env: Vec<EnvChange> = config.env.iter().filter_map(set).collect();
        let state = State::scratch(config.clone());
        self.env(span, &env, &state);
        if !matches!(config.workdir.as_str(), "" | "/") {
            self.push(Instruction::Workdir(Word::from(&config.workdir)));
        }
        if !config.user.is_empty() {
            self.push(Instruction::User(Word::from(&config.user)));
        }
        if let Some(shell) = &config.shell {
            self.push(Instruction::Shell(shell.clone()));
        }
        let texts = |key: &str| -> Option<Vec<String>> {
            let list = config.setting(key)?.as_array()?;
            Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let names = |key: &str| -> Vec<String> {
            let map = config.setting(key).and_then(Value::as_object);
            map.into_iter().flat_map(|map| map.keys().cloned()).collect()
        };
        if let Some(words) = texts("Entrypoint") {
            self.push(Instruction::Entrypoint(docker::Command::Exec(words)));
        }
        if let Some(words) = texts("Cmd") {
            self.push(Instruction::Cmd(docker::Command::Exec(words)));
        }
        let labels = config.setting("Labels").and_then(Value::as_object).into_iter().flatten();
        let labels: Vec<(String, String)> =
            labels.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect();
        self.labels(&labels);
        self.lists(&names("ExposedPorts"), &names("Volumes"));
        if let Some(signal) = config.setting("StopSignal").and_then(Value::as_str) {
            self.push(Instruction::StopSignal(signal.into()));
        }
        if config.setting("Healthcheck").is_some() {
            self.error(span, "the health check of the base of a flattened stage");
        }
    }
}

/// Converts a command: to shell form if it fits on a line, and else to exec form.
fn command_of(command: &Command, state: &State) -> docker::Command {
    let line = match command {
        Command::Shell(text) => Line::new(text).ok(),
        _ => None,
    };
    line.map_or_else(|| docker::Command::Exec(state.config.argv(command)), docker::Command::Shell)
}
