//! Scripts that are too long for an argument of a process. They are mounted as a file, which the shell reads.

use std::borrow::Cow;

use super::{Action, Base, Claim, MAX_ARGUMENT, Mount, MountKind, Process, SHELL, Script, Stage, Step};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;

/// The path at which a long script is mounted. `/dev` is not part of the image.
pub const LONG_SCRIPT: &str = "/dev/varve/run";

/// Shells whose command `.` runs a file in the shell itself, with the same `$0`, options and standard input. `.` of zsh changes `$0`.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "mksh"];
/// Letters of options that do not change how a shell reads its script. `n` does: the shell would not read the file.
const LETTERS: &str = "abefhiklmpuvxBCEHPT";

impl Process {
    /// The process that gets its script as a file if the script is too long for an argument, otherwise the process itself. `shell` is
    /// the shell of the stage, and `span` the place of the step.
    ///
    /// # Errors
    /// The script is too long, and it is not known how its shell reads a file.
    pub fn with_readable_script(
        &self,
        shell: Option<&[String]>,
        span: Span,
    ) -> Result<Cow<'_, Self>, Box<Diagnostic>> {
        let Script::Run { text, shell: own } = &self.script else { return Ok(Cow::Borrowed(self)) };
        let usual = SHELL.map(str::to_owned);
        let used = own.as_deref().or(shell).unwrap_or(&usual);
        let Some((command, mount)) = long_script(text, used, span)? else { return Ok(Cow::Borrowed(self)) };
        let script = Script::Run { text: command, shell: own.clone() };
        let mounts = self.mounts.iter().cloned().chain([mount]).collect();
        Ok(Cow::Owned(Self { script, mounts, ..self.clone() }))
    }
}

/// The command that runs a script which is too long for an argument, and the mount with the script. `None` if the script is short
/// enough.
pub(crate) fn long_script(
    text: &str,
    shell: &[String],
    span: Span,
) -> Result<Option<(String, Mount)>, Box<Diagnostic>> {
    if text.len() <= MAX_ARGUMENT {
        return Ok(None);
    }
    if !reads_files(shell) {
        return Err(too_long(text, shell, span).into());
    }
    let kind = MountKind::Text { path: LONG_SCRIPT.to_owned(), text: text.to_owned() };
    Ok(Some((format!(". {LONG_SCRIPT}"), Mount { span, kind })))
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

/// Whether a shell with these words takes a script as its next word and is known to run `. FILE` in its place.
fn reads_files(shell: &[String]) -> bool {
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
                found.extend(process.with_readable_script(shell, check.span).err().map(|error| *error));
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
                layers.iter().for_each(|layer| check_steps(&layer.steps, &mut shell.clone(), found));
            }
            action => {
                let script = action.process().map(|process| process.with_readable_script(*shell, step.span));
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
            assert_eq!(reads_files(&shell), expect, "{words}");
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
