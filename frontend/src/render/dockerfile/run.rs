//! Steps that run a process, as `RUN`. A Dockerfile cannot set a variable or the working directory for one step, so the script sets
//! them.

use std::borrow::Cow;

use varve_dockerfile::{self as docker, Device, Instruction, Line, Run, Security, Word};
use varve_spec::plan::{EnvChange, EnvValue, Network, Process, Script};
use varve_spec::{Span, shell_quoted as shell};

use super::{Renderer, State};
use crate::image_config::config::join_path;

/// The program that runs a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interpreter {
    /// The shell of the step or the stage.
    Configured,
    /// `/bin/sh -e`, whatever the shell of the stage is. For scripts of varve, such as that of `packages`.
    Sh,
}

/// Shells that have `export`, `unset` and `cd`.
const POSIX: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

impl Renderer<'_> {
    pub(super) fn run(&mut self, span: Span, process: &Process, state: &State, interpreter: Interpreter) {
        let setup = self.setup(span, process, state);
        let readable = match interpreter {
            // A here-document can name its interpreter.
            Interpreter::Configured
                if process.script.interpreter().is_some() && process.retry.is_none() && setup.is_empty() =>
            {
                Ok(Cow::Borrowed(process))
            }
            Interpreter::Configured => process.as_run(state.config.shell.as_deref(), span),
            // BuildKit mounts a here-document with an interpreter as a file already.
            Interpreter::Sh => Ok(Cow::Borrowed(process)),
        };
        let process = &*readable.unwrap_or_else(|error| {
            self.errors.push(*error);
            Cow::Borrowed(process)
        });
        if !process.hosts.is_empty() {
            self.error(span, "`hosts` of one step");
        }
        if !process.ulimits.is_empty() {
            self.error(span, "`ulimits` of one step");
        }
        self.needs_labs |= !process.devices.is_empty();
        let mounts = process.mounts.iter().map(|mount| self.mount(mount)).collect();
        let run = Run {
            script: self.script(span, process, state, setup, interpreter),
            mounts,
            network: process.network.as_ref().map(|network| match network {
                Network::None => docker::Network::None,
                Network::Host => docker::Network::Host,
            }),
            security: process.insecure.then_some(Security::Insecure),
            devices: process.devices.iter().map(device).collect(),
        };
        let user = process.user.as_deref().filter(|user| !same_user(user, &state.config.user));
        if let Some(user) = user {
            self.push(Instruction::User(user.into()));
        }
        self.push(Instruction::Run(run));
        if user.is_some() {
            self.push(Instruction::User(Word::from(&state.config.user)));
        }
    }

    /// Returns the shell commands that set the variables and the working directory of a step.
    fn setup(&mut self, span: Span, process: &Process, state: &State) -> Vec<String> {
        let mut lines = Vec::new();
        for EnvChange { name, change } in &process.env {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
                self.error(
                    span,
                    &format!("the variable `{name}` of one step: its name is not valid in the shell"),
                );
            }
            if *change == EnvValue::Unset && state.config_known && state.config.env.get(name).is_none() {
                continue;
            }
            lines.push(match change {
                EnvValue::Set(value) => format!("export {name}={}", shell(value)),
                EnvValue::Prepend(value) => {
                    format!("export {name}={}\"${{{name}:+:${name}}}\"", shell(value))
                }
                EnvValue::Append(value) => format!("export {name}=\"${{{name}:+${name}:}}\"{}", shell(value)),
                EnvValue::Unset => format!("unset {name}"),
            });
        }
        if let Some(path) = &process.workdir {
            let path = join_path(&state.config.workdir, path);
            if path != join_path("/", &state.config.workdir) {
                let user = process.user.as_deref().unwrap_or(&state.config.user);
                if same_user(user, "") {
                    lines.push(format!("mkdir -p {}", shell(&path)));
                }
                lines.push(format!("cd {}", shell(&path)));
            }
        }
        lines
    }

    fn script(
        &mut self,
        span: Span,
        process: &Process,
        state: &State,
        setup: Vec<String>,
        interpreter: Interpreter,
    ) -> docker::Script {
        if let Some((interpreter, text)) = process.script.interpreter() {
            return docker::Script::Program { interpreter: interpreter.to_owned(), text: text.to_owned() };
        }
        let (text, own) = match &process.script {
            Script::Exec(argv) => return self.exec(span, argv, state, setup),
            Script::Run { text, shell } => (text, shell.as_ref()),
        };
        let lines = |first: &str| {
            let first = [first.to_owned()].into_iter().filter(|line| !line.is_empty());
            let lines: String = first.chain(setup.iter().cloned()).map(|line| format!("{line}\n")).collect();
            format!("{lines}{text}")
        };
        let program = |interpreter: &str, settings: &str| docker::Script::Program {
            interpreter: interpreter.to_owned(),
            text: lines(settings),
        };
        if interpreter == Interpreter::Sh {
            return program("/bin/sh -e", "");
        }
        match (own.or(state.config.shell.as_ref()), own) {
            (None, _) if setup.is_empty() && is_one_command(text.trim()) => {
                docker::Script::Shell(text.clone())
            }
            (None, _) => docker::Script::Shell(lines("set -e")),
            (Some(of), own) if own.is_none() || state.config.shell.as_ref() == own => {
                if setup.is_empty() || is_posix(of) {
                    docker::Script::Shell(lines(""))
                } else {
                    self.exec(span, &[of.as_slice(), std::slice::from_ref(text)].concat(), state, setup)
                }
            }
            (Some(own), _) => match as_program(own) {
                Some((interpreter, settings)) => program(&interpreter, &settings),
                None => self.exec(span, &[own.as_slice(), std::slice::from_ref(text)].concat(), state, setup),
            },
        }
    }

    /// Runs a program and its arguments. If there are setup commands, a shell runs them first.
    fn exec(&mut self, span: Span, argv: &[String], state: &State, setup: Vec<String>) -> docker::Script {
        if setup.is_empty() {
            return docker::Script::Exec(argv.to_vec());
        }
        if state.system_base.is_none() {
            self.error(span, "a variable or working directory for one step only, if there is no shell");
        }
        let first = [setup.join(" && "), "exec \"$@\"".to_owned()].join(" && ");
        let words = ["/bin/sh".to_owned(), "-c".to_owned(), first, "sh".to_owned()];
        docker::Script::Exec([&words, argv].concat())
    }
}

fn device(device: &varve_spec::plan::Device) -> Device {
    Device { name: Word::from(&device.name), required: device.required }
}

/// Whether two texts name the same user.
pub(super) fn same_user(one: &str, other: &str) -> bool {
    let root = |user: &str| matches!(user, "" | "root" | "0" | "0:0" | "root:root" | "0:root" | "root:0");
    one == other || (root(one) && root(other))
}

/// Whether a line behaves the same with and without `set -e`: the first command that fails ends it.
fn is_one_command(line: &str) -> bool {
    // These run commands of a file or of a string.
    let mut first_words = line.split("&&").map(|part| part.split_whitespace().next().unwrap_or_default());
    Line::new(line).is_ok()
        && !line.replace("&&", "").contains([';', '&', '(', '`', '|'])
        && !first_words.any(|word| matches!(word, "." | "source" | "eval"))
}

fn is_posix(shell: &[String]) -> bool {
    let program = shell.first().and_then(|program| program.rsplit('/').next());
    program.is_some_and(|program| POSIX.contains(&program))
        && shell.last().is_some_and(|last| last.ends_with('c'))
}

/// Splits a shell into an interpreter and a first line of the script, such as `/bin/bash` and `set -euo pipefail`. `None` if it has
/// other options.
fn as_program(shell: &[String]) -> Option<(String, String)> {
    let program =
        shell.first().filter(|program| program.starts_with('/') && !program.contains(char::is_whitespace))?;
    if !is_posix(shell) {
        return None;
    }
    let mut settings = Vec::new();
    let mut words = shell.get(1..)?.iter();
    let mut is_command = false;
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-')?;
        if is_command || letters.is_empty() || !letters.chars().all(|c| "eufxvnCbao".contains(c) || c == 'c')
        {
            return None;
        }
        is_command = letters.contains('c');
        let letters: String = letters.chars().filter(|c| *c != 'c').collect();
        if !letters.is_empty() {
            settings.push(format!("-{letters}"));
        }
        if letters.contains('o') {
            settings.push(words.next()?.clone());
        }
    }
    let set = if settings.is_empty() { String::new() } else { format!("set {}", settings.join(" ")) };
    is_command.then(|| (program.clone(), set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_as_a_program() {
        let check = |words: &[&str], expect: Option<(&str, &str)>| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let found = as_program(&words);
            assert_eq!(found.as_ref().map(|(a, b)| (a.as_str(), b.as_str())), expect, "{words:?}");
        };
        check(&["/bin/bash", "-euo", "pipefail", "-c"], Some(("/bin/bash", "set -euo pipefail")));
        check(&["/bin/sh", "-ec"], Some(("/bin/sh", "set -e")));
        check(&["/bin/sh", "-c"], Some(("/bin/sh", "")));
        check(&["/bin/bash", "-lc"], None);
        check(&["bash", "-c"], None);
        check(&["/usr/bin/python3", "-c"], None);
        check(&["/bin/bash"], None);
    }

    #[test]
    fn the_first_failure_ends_one_command() {
        let check = |text: &str, expect: bool| assert_eq!(is_one_command(text), expect, "{text}");
        check("make -j$JOBS && make install", true);
        check("false; true", false);
        check("false & true", false);
        check("echo $(false)", false);
        check(". /etc/profile", false);
        check("cd /src && eval $COMMANDS", false);
        check("./configure && make", true);
        check("cat <<EOF", false);
        check("a\nb", false);
        check("[ -e /a ]", false);
    }
}
