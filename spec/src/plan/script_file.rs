//! Scripts that are mounted as a file: those that are too long for an argument of a process, which the shell reads, and those that name
//! their own interpreter, which the kernel starts.

use std::borrow::Cow;

use super::{Action, Base, Claim, MAX_ARGUMENT, Mount, MountKind, Process, SHELL, Script, Stage, Step};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// The path at which a script is mounted. `/dev` is not part of the image.
const SCRIPT_FILE: &str = "/dev/varve/run";

/// The characters at the start of a script that names its interpreter, as in `#!/usr/bin/python3` (execve(2)).
const INTERPRETER: &str = "#!";

/// Shells whose command `.` runs a file in the shell itself, with the same `$0`, options and standard input. `.` of zsh changes `$0`.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "mksh"];
/// Letters of options that do not change how a shell reads its script. `n` does: the shell would not read the file.
const LETTERS: &str = "abefhiklmpuvxBCEHPT";

impl Script {
    /// The line of a script that names its interpreter, and the rest of the script: `/usr/bin/python3 -u` and its program. `None` if a
    /// shell runs the script. A script with a shell of its own runs in that one.
    pub fn interpreter(&self) -> Option<(&str, &str)> {
        let Self::Run { text, shell: None } = self else { return None };
        let (line, rest) = text.strip_prefix(INTERPRETER)?.split_once('\n').unwrap_or((&text[2..], ""));
        Some((line.trim(), rest))
    }
}

impl Process {
    /// The process as the builder runs it: with a script that cannot be an argument as a file, and in a loop if it has `retry`. `shell`
    /// is the shell of the stage, and `span` the place of the step.
    ///
    /// # Errors
    /// The script is too long and it is not known how its shell reads a file, or it names an interpreter by a relative path.
    pub fn as_run(&self, shell: Option<&[String]>, span: Span) -> Result<Cow<'_, Self>, Box<Diagnostic>> {
        let process = self.with_script_file(shell, span)?;
        Ok(if self.retry.is_some() { Cow::Owned(process.into_owned().in_loop(shell)) } else { process })
    }

    /// The process with its script as a file if the script cannot be an argument.
    fn with_script_file(
        &self,
        shell: Option<&[String]>,
        span: Span,
    ) -> Result<Cow<'_, Self>, Box<Diagnostic>> {
        let Script::Run { shell: own, .. } = &self.script else { return Ok(Cow::Borrowed(self)) };
        let Some(file) = script_file(&self.script, shell, span)? else { return Ok(Cow::Borrowed(self)) };
        let script = match file.run_by {
            RunBy::Shell => Script::Run { text: file.command(), shell: own.clone() },
            RunBy::Kernel => Script::Exec(vec![file.command()]),
        };
        let mounts = self.mounts.iter().cloned().chain([file.mount]).collect();
        Ok(Cow::Owned(Self { script, mounts, ..self.clone() }))
    }
}

/// A script that is mounted as a file.
pub(crate) struct ScriptFile {
    /// What runs the file.
    pub(crate) run_by: RunBy,
    /// The mount with the script.
    pub(crate) mount: Mount,
}

/// What runs a script that is mounted as a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunBy {
    /// The shell, which reads the file.
    Shell,
    /// The kernel, which starts the interpreter that the file names.
    Kernel,
}

impl ScriptFile {
    /// The command that runs the file: a text for the shell, or the program.
    pub(crate) fn command(&self) -> String {
        match self.run_by {
            RunBy::Shell => format!(". {SCRIPT_FILE}"),
            RunBy::Kernel => SCRIPT_FILE.to_owned(),
        }
    }
}

/// The file of a script that cannot be an argument. `None` for any other script. `stage` is the shell of the stage.
pub(crate) fn script_file(
    script: &Script,
    stage: Option<&[String]>,
    span: Span,
) -> Result<Option<ScriptFile>, Box<Diagnostic>> {
    let Script::Run { text, shell } = script else { return Ok(None) };
    let run_by = if script.interpreter().is_some() { RunBy::Kernel } else { RunBy::Shell };
    if run_by == RunBy::Shell {
        if text.len() <= MAX_ARGUMENT {
            return Ok(None);
        }
        let usual = SHELL.map(str::to_owned);
        let shell = shell.as_deref().or(stage).unwrap_or(&usual);
        if !is_posix(shell) {
            return Err(too_long(text, shell, span).into());
        }
    }
    check_interpreter(script, span)?;
    let executable = run_by == RunBy::Kernel;
    let kind = MountKind::Text { path: SCRIPT_FILE.to_owned(), text: text.clone(), executable };
    Ok(Some(ScriptFile { run_by, mount: Mount { span, kind } }))
}

/// Checks that the kernel can start the interpreter of a script: it does not search in `PATH`.
fn check_interpreter(script: &Script, span: Span) -> Result<(), Box<Diagnostic>> {
    let Some((line, _)) = script.interpreter().filter(|(line, _)| !line.starts_with('/')) else {
        return Ok(());
    };
    let error =
        Diagnostic::error(Code::BadValue, span, format!("`{INTERPRETER}{line}` names no interpreter"));
    let help = match line.split_whitespace().next() {
        Some(program) => format!("write `#!/usr/bin/env {program}`, or set `shell:` and remove the line"),
        None => "write `#!/usr/bin/python3`, or remove the line".to_owned(),
    };
    Err(error.label("expected an absolute path").help(help).into())
}

fn too_long(text: &str, shell: &[String], span: Span) -> Diagnostic {
    let shown = shell.join(" ");
    let message = format!("the script has {} bytes, which are too many for `{shown}`", text.len());
    let error = Diagnostic::error(Code::BadValue, span, message);
    let error =
        error.label(format!("this shell gets the script as an argument of at most {MAX_ARGUMENT} bytes"));
    error.help(
        "write the script to a file with `file` or `copy` and run the file, or use a shell such as [/bin/bash, -e, -c], which gets a \
         long script as a file",
    )
}

/// Whether a shell with these words takes a script as its next word and is known as a POSIX shell, so that it runs `. FILE` in place of
/// the script.
pub fn is_posix(shell: &[String]) -> bool {
    let mut words = shell.iter().map(String::as_str);
    let mut program = words.next().map(name).unwrap_or_default();
    if matches!(program, "env" | "busybox") {
        program = words.next().map(name).unwrap_or_default();
    }
    let is_bash = program == "bash";
    let mut takes_script = false;
    while let Some(word) = words.next() {
        match word {
            "--" => return takes_script && words.next().is_none(),
            "--login" | "--noprofile" | "--norc" | "--posix" if is_bash => continue,
            _ => {}
        }
        let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else {
            return false;
        };
        for letter in letters.chars() {
            match letter {
                'c' if word.starts_with('-') => takes_script = true,
                'o' | 'O' if letter == 'o' || is_bash => match words.next() {
                    None | Some("noexec" | "onecmd") => return false,
                    Some(_) => {}
                },
                letter if LETTERS.contains(letter) => {}
                _ => return false,
            }
        }
    }
    takes_script && SHELLS.contains(&program)
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Reports scripts that are too long for the shell which the plan sets for them. The shell of a base image is not known here.
pub(super) fn check(stages: &[Stage], found: &mut Vec<Diagnostic>) {
    let mut shells: Vec<Option<&[String]>> = Vec::with_capacity(stages.len());
    for stage in stages {
        let mut shell = match stage.base {
            Base::Stage(index) => shells.get(index).copied().flatten(),
            _ => None,
        };
        check_steps(&stage.steps, &mut shell, found);
        for check in &stage.checks {
            if let Claim::Run(process) = &check.claim {
                found.extend(process.as_run(shell, check.span).err().map(|error| *error));
            }
        }
        shells.push(shell);
    }
}

fn check_steps<'p>(steps: &'p [Step], shell: &mut Option<&'p [String]>, found: &mut Vec<Diagnostic>) {
    for step in steps {
        match &step.action {
            Action::Shell(words) => *shell = Some(words),
            // The settings of a layer do not leave it.
            Action::Layers(layers) => {
                layers.layers.iter().for_each(|layer| check_steps(&layer.steps, &mut shell.clone(), found));
            }
            action => {
                let script = action.process().map(|process| process.as_run(*shell, step.span));
                found.extend(script.and_then(Result::err).map(|error| *error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_that_read_a_file_as_they_read_an_argument() {
        let check = |words: &str, expect: bool| {
            let shell: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert_eq!(is_posix(&shell), expect, "{words}");
        };
        for words in [
            "/bin/sh -e -c",
            "/bin/sh -c",
            "sh -ec",
            "bash -o pipefail -c",
            "/bin/bash -euxo pipefail -c",
            "/bin/bash -c -e",
            "/bin/bash -c --",
            "/bin/bash --login -c",
            "bash -O extglob +u -lc",
            "/usr/bin/env bash -c",
            "/bin/busybox sh -c",
            "dash -c",
            "/bin/ash -eo pipefail -c",
        ] {
            check(words, true);
        }
        for words in [
            "/bin/sh",
            "/bin/bash -e",
            "/bin/bash +c",
            "/bin/bash -c exec",
            "/bin/bash -n -c",
            "/bin/bash -o noexec -c",
            "/bin/bash -r -c",
            "/bin/bash -o",
            "/bin/bash -c -- x",
            "bash --rcfile -c",
            "sh -O -c",
            "zsh -c",
            "pwsh -Command",
            "/usr/bin/python3 -c",
            "cmd /S /C",
            "env A=b bash -c",
            "",
        ] {
            check(words, false);
        }
    }
}
