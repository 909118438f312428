//! The configuration of the image, as instructions.

use serde_json::Value;
use varve_spec::Span;
use varve_spec::plan::{Command, EnvChange, EnvValue, Healthcheck, ImageConfig};

use super::quote::{inside_quotes, json, value, word};
use super::run::{is_one_line, user_line};
use super::{Printer, State};
use crate::image_config::config::{Config, DEFAULT_PATH, join_path};

impl Printer<'_> {
    /// What `image` of a stage says.
    pub(super) fn image(&mut self, span: Span, image: &ImageConfig, state: &mut State) {
        if *image == ImageConfig::default() {
            return;
        }
        self.comment(span, "image");
        for (key, command) in [("ENTRYPOINT", &image.entrypoint), ("CMD", &image.cmd)] {
            if let Some(command) = command {
                let command = command_of(command, state);
                self.line(format!("{key} {command}"));
            }
        }
        self.env(span, &image.env, state);
        self.labels(span, &image.labels);
        if !image.expose.is_empty() {
            self.line(format!("EXPOSE {}", image.expose.join(" ")));
        }
        if !image.volumes.is_empty() {
            let volumes: Vec<String> = image.volumes.iter().map(|path| word(path)).collect();
            self.line(format!("VOLUME {}", json(&volumes)));
        }
        if let Some(signal) = &image.stop_signal {
            self.line(format!("STOPSIGNAL {}", word(signal)));
        }
        if let Some(check) = &image.healthcheck {
            let line = healthcheck(check, state);
            self.line(line);
        }
        if let Some(path) = &image.workdir {
            if join_path(&state.config.workdir, path) != "/" {
                self.note(span, "WORKDIR creates the folder if it is missing; `image.workdir` does not");
            }
            self.line(format!("WORKDIR {}", word(path)));
        }
        if let Some(user) = &image.user {
            self.line(user_line(user));
        }
        if !image.annotations.is_empty() {
            let all = image.annotations.iter().map(|(name, text)| {
                format!("--annotation {}", varve_spec::shell_quoted(&format!("{name}={text}")))
            });
            self.note(
                span,
                &format!("annotations are options of the build: {}", all.collect::<Vec<_>>().join(" "))
                    .replace('\n', " "),
            );
        }
        state.config.apply(image);
    }

    /// Changes of the environment.
    pub(super) fn env(&mut self, span: Span, changes: &[EnvChange], state: &State) {
        let mut parts = Vec::new();
        for EnvChange { name, change } in changes {
            let before = state.config.env.get(name).filter(|value| !value.is_empty());
            let is_set = before.is_some();
            let part = match change {
                EnvValue::Set(text) => value(text),
                EnvValue::Unset if state.known && state.config.env.get(name).is_none() => continue,
                EnvValue::Unset => {
                    self.cannot(span, &format!("the removal of the variable `{name}` from the environment"));
                    continue;
                }
                EnvValue::Prepend(text) if is_set => joined(text, |text| format!("{text}:${name}")),
                EnvValue::Append(text) if is_set => joined(text, |text| format!("${name}:{text}")),
                EnvValue::Prepend(text) => joined(text, |text| format!("{text}${{{name}:+:${name}}}")),
                EnvValue::Append(text) => joined(text, |text| format!("${{{name}:+${name}:}}{text}")),
            };
            match part {
                Some(text) => parts.push(format!("{name}={text}")),
                None => {
                    self.cannot(span, &format!("the value of the variable `{name}`, which has several lines"))
                }
            }
        }
        if !parts.is_empty() {
            self.line(format!("ENV {}", parts.join(" \\\n    ")));
        }
    }

    pub(super) fn labels<'t>(&mut self, span: Span, labels: impl IntoIterator<Item = &'t (String, String)>) {
        let mut parts = Vec::new();
        for (name, text) in labels {
            match (value(name), value(text)) {
                (Some(name), Some(text)) => parts.push(format!("{name}={text}")),
                _ => self.cannot(span, &format!("the value of the label `{name}`, which has several lines")),
            }
        }
        if !parts.is_empty() {
            self.line(format!("LABEL {}", parts.join(" \\\n    ")));
        }
    }

    /// All that a configuration says, for a stage that starts from nothing.
    pub(super) fn whole(&mut self, span: Span, config: &Config) {
        let set = |(name, text): (&str, &str)| {
            let change = EnvValue::Set(text.to_owned());
            (name != "PATH" || text != DEFAULT_PATH).then(|| EnvChange { name: name.to_owned(), change })
        };
        let env: Vec<EnvChange> = config.env.iter().filter_map(set).collect();
        let none = State::scratch(config.clone());
        self.env(span, &env, &none);
        if !matches!(config.workdir.as_str(), "" | "/") {
            self.line(format!("WORKDIR {}", word(&config.workdir)));
        }
        if !config.user.is_empty() {
            self.line(user_line(&config.user));
        }
        if let Some(shell) = &config.shell {
            self.line(format!("SHELL {}", json(shell)));
        }
        let texts = |key: &str| -> Option<Vec<String>> {
            let list = config.setting(key)?.as_array()?;
            Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let names = |key: &str| -> Vec<String> {
            let map = config.setting(key).and_then(Value::as_object);
            map.into_iter().flat_map(|map| map.keys().cloned()).collect()
        };
        for (key, instruction) in [("Entrypoint", "ENTRYPOINT"), ("Cmd", "CMD")] {
            if let Some(words) = texts(key) {
                self.line(format!("{instruction} {}", json(&words)));
            }
        }
        let labels = config.setting("Labels").and_then(Value::as_object).into_iter().flatten();
        let labels: Vec<(String, String)> =
            labels.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect();
        self.labels(span, &labels);
        if let ports @ [_, ..] = names("ExposedPorts").as_slice() {
            self.line(format!("EXPOSE {}", ports.join(" ")));
        }
        if let volumes @ [_, ..] = names("Volumes").as_slice() {
            self.line(format!("VOLUME {}", json(&volumes.iter().map(|path| word(path)).collect::<Vec<_>>())));
        }
        if let Some(signal) = config.setting("StopSignal").and_then(Value::as_str) {
            self.line(format!("STOPSIGNAL {}", word(signal)));
        }
        if config.setting("Healthcheck").is_some() {
            self.cannot(span, "the health check of the base of a flattened stage");
        }
    }
}

/// A value that names a variable.
fn joined(text: &str, with: impl Fn(&str) -> String) -> Option<String> {
    value(text)?;
    Some(format!("\"{}\"", with(&inside_quotes(text))))
}

/// A command: as text for the shell where a line can say it.
fn command_of(command: &Command, state: &State) -> String {
    match command {
        Command::Shell(text) if is_one_line(text.trim()) && text.trim() == text => text.clone(),
        command => json(&state.config.argv(command)),
    }
}

/// Nanoseconds in the largest unit that holds them.
fn duration(time: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let unit = UNITS.iter().find(|(size, _)| time.is_multiple_of(*size));
    unit.map_or_else(|| format!("{time}ns"), |(size, name)| format!("{}{name}", time / size))
}

fn healthcheck(check: &Healthcheck, state: &State) -> String {
    let times = [
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ];
    let mut words = vec!["HEALTHCHECK".to_owned()];
    words.extend(times.iter().filter_map(|(name, time)| Some(format!("--{name}={}", duration((*time)?)))));
    words.extend(check.retries.map(|retries| format!("--retries={retries}")));
    words.extend(match &check.test {
        None => vec!["NONE".to_owned()],
        Some(test) => vec!["CMD".to_owned(), command_of(test, state)],
    });
    words.join(" ")
}
