//! Steps that run a process, as `RUN`. What a Dockerfile cannot say beside it, a variable or a folder of one step alone, is said in
//! the shell.

use varve_spec::plan::{EnvChange, EnvValue, Network, Process, Script};
use varve_spec::{Span, shell_quoted as shell};

use super::quote::{heredoc, json};
use super::{Printer, State};
use crate::image_config::config::join_path;

/// How a script is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By the shell that the step or the stage has.
    Shell,
    /// As a program of its own, by the shell that every system has: what stands for a whole step of the language.
    Program,
}

/// Shells that know the words in which variables and folders are set.
const POSIX: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

impl Printer<'_> {
    pub(super) fn run(&mut self, span: Span, process: &Process, state: &State, by: By) {
        for (what, is) in [("`hosts`", !process.hosts.is_empty()), ("`ulimits`", !process.ulimits.is_empty())]
        {
            if is {
                self.cannot(span, &format!("{what} of one step"));
            }
        }
        let mut flags: Vec<String> = process.mounts.iter().map(|mount| self.mount(mount)).collect();
        flags.extend(process.network.iter().map(|network| match network {
            Network::None => "--network=none".to_owned(),
            Network::Host => "--network=host".to_owned(),
        }));
        flags.extend(process.insecure.then(|| "--security=insecure".to_owned()));
        for device in &process.devices {
            self.labs = true;
            let required = if device.required { ",required" } else { "" };
            flags.push(super::quote::flag("device", &format!("{}{required}", device.name)));
        }
        let user = process.user.as_deref().filter(|user| !same_user(user, &state.config.user));
        let before = self.before(span, process, state);
        let command = self.command(span, process, state, before, by);
        if let Some(user) = user {
            self.line(format!("USER {}", super::quote::word(user)));
        }
        let mut parts = flags;
        parts.push(command);
        self.line(format!("RUN {}", parts.join(" \\\n    ")));
        if user.is_some() {
            self.line(user_line(&state.config.user));
        }
    }

    /// What the shell has to do first.
    fn before(&mut self, span: Span, process: &Process, state: &State) -> Vec<String> {
        let mut lines = Vec::new();
        for EnvChange { name, change } in &process.env {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit()) {
                self.cannot(
                    span,
                    &format!("the variable `{name}` of one step: its name is not valid in the shell"),
                );
            }
            if *change == EnvValue::Unset && state.known && state.config.env.get(name).is_none() {
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

    /// What stands behind the flags.
    fn command(
        &mut self,
        span: Span,
        process: &Process,
        state: &State,
        before: Vec<String>,
        by: By,
    ) -> String {
        let (text, own) = match &process.script {
            Script::Exec(argv) => return self.exec(span, argv, state, before),
            Script::Run { text, shell } => (text, shell.as_ref()),
        };
        let script = |first: &[&str]| {
            let first = first.iter().map(|line| (*line).to_owned()).chain(before.iter().cloned());
            let lines: String = first.map(|line| format!("{line}\n")).collect();
            let (mark, text) = heredoc(&format!("{lines}{text}"));
            format!("{mark}\n{text}")
        };
        if by == By::Program {
            return script(&["#!/bin/sh -e"]);
        }
        let line = text.trim();
        match (own.or(state.config.shell.as_ref()), own) {
            (None, _) if before.is_empty() && is_one_command(line) => line.to_owned(),
            (None, _) => script(&["set -e"]),
            (Some(of), own) if own.is_none() || state.config.shell.as_ref() == own => {
                if before.is_empty() && is_one_line(line) {
                    line.to_owned()
                } else if before.is_empty() {
                    // An empty line first: a text that begins with `#!` would be run as a program.
                    if text.starts_with("#!") { script(&[""]) } else { script(&[]) }
                } else if is_posix(of) {
                    script(&[])
                } else {
                    self.exec(span, &[of.as_slice(), std::slice::from_ref(text)].concat(), state, before)
                }
            }
            (Some(own), _) => match as_program(own) {
                Some((program, settings)) if settings.is_empty() => script(&[&program]),
                Some((program, settings)) => script(&[&program, &settings]),
                None => {
                    self.exec(span, &[own.as_slice(), std::slice::from_ref(text)].concat(), state, before)
                }
            },
        }
    }

    /// A program and its arguments, by the shell where that has to do something first.
    fn exec(&mut self, span: Span, argv: &[String], state: &State, before: Vec<String>) -> String {
        if before.is_empty() {
            return json(argv);
        }
        if state.bottom.is_none() {
            self.cannot(span, "a variable or working directory for one step only, if there is no shell");
        }
        let first = [before.join(" && "), "exec \"$@\"".to_owned()].join(" && ");
        let words = ["/bin/sh".to_owned(), "-c".to_owned(), first, "sh".to_owned()];
        json(&[&words, argv].concat())
    }
}

/// Whether two texts name the same user.
pub(super) fn same_user(one: &str, other: &str) -> bool {
    let root = |user: &str| matches!(user, "" | "root" | "0" | "0:0" | "root:root" | "0:root" | "root:0");
    one == other || (root(one) && root(other))
}

/// The line that sets the user of what follows; nobody is the superuser.
pub(super) fn user_line(user: &str) -> String {
    if user.is_empty() { "USER \"\"".to_owned() } else { format!("USER {}", super::quote::word(user)) }
}

/// Whether a Dockerfile can say it on the line of its instruction, for the shell to read.
pub(super) fn is_one_line(line: &str) -> bool {
    let odd = line.contains(['\n', '\r', '\0']) || line.contains("<<") || line.ends_with('\\');
    !odd && !line.is_empty() && !line.starts_with(['[', '-', '#'])
}

/// Whether it ends with the first thing that fails in any shell, told to or not.
fn is_one_command(line: &str) -> bool {
    is_one_line(line) && !line.replace("&&", "").contains([';', '&', '(', '`', '|'])
}

fn is_posix(shell: &[String]) -> bool {
    let program = shell.first().and_then(|program| program.rsplit('/').next());
    program.is_some_and(|program| POSIX.contains(&program))
        && shell.last().is_some_and(|last| last.ends_with('c'))
}

/// A shell as the first lines of a program: `#!/bin/bash` and `set -euo pipefail`. Nothing for one that takes other words.
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
    is_command.then(|| (format!("#!{program}"), set))
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
        check(&["/bin/bash", "-euo", "pipefail", "-c"], Some(("#!/bin/bash", "set -euo pipefail")));
        check(&["/bin/sh", "-ec"], Some(("#!/bin/sh", "set -e")));
        check(&["/bin/sh", "-c"], Some(("#!/bin/sh", "")));
        check(&["/bin/bash", "-lc"], None);
        check(&["bash", "-c"], None);
        check(&["/usr/bin/python3", "-c"], None);
        check(&["/bin/bash"], None);
    }

    #[test]
    fn what_needs_no_lines_of_its_own() {
        let check = |text: &str, one: bool, command: bool| {
            assert_eq!((is_one_line(text), is_one_command(text)), (one, command), "{text}");
        };
        check("make -j$JOBS && make install", true, true);
        check("false; true", true, false);
        check("false & true", true, false);
        check("echo $(false)", true, false);
        check("cat <<EOF", false, false);
        check("a\nb", false, false);
        check("[ -e /a ]", false, false);
        check("echo \\", false, false);
    }
}
