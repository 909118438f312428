//! Formats processes and file actions as text for the golden files.

use std::fmt::Write as _;

use varve_spec::Diagnostic;
use varve_spec::plan::{Action, EnvValue, Mode, MountKind, Network, Origin, Process, Script};

/// A process with its mounts, its environment and its whole script.
pub(crate) fn of_process(process: &Process) -> String {
    let mut text = String::new();
    for mount in &process.mounts {
        match &mount.kind {
            MountKind::Cache { path, id, sharing, .. } => {
                let id = id.as_deref().unwrap_or_default();
                let _ = writeln!(text, "cache {path} id {id} {}", format!("{sharing:?}").to_lowercase());
            }
            other => {
                let _ = writeln!(text, "{other:?}");
            }
        }
    }
    for entry in &process.env {
        if let EnvValue::Set(value) = &entry.change {
            let _ = writeln!(text, "env {}={value}", entry.name);
        }
    }
    let user = process.user.as_deref().unwrap_or("that of the stage");
    let workdir = process.workdir.as_deref().unwrap_or("that of the stage");
    let network = match process.network {
        Some(Network::None) => "none",
        Some(Network::Host) => "host",
        None => "default",
    };
    let _ = writeln!(text, "user {user}, workdir {workdir}, network {network}");
    let _ = match &process.script {
        Script::Run { text: script, shell } => {
            writeln!(text, "{}:\n{script}", shell.clone().unwrap_or_default().join(" "))
        }
        Script::Exec(argv) => writeln!(text, "exec {}", argv.join(" ")),
    };
    text
}

/// The file that an action makes, or the process that it runs.
pub(crate) fn of_action(action: &Action) -> String {
    match action {
        Action::File { path, content, mode, .. } => {
            format!("file {path} mode {:o}:\n{content}", mode.unwrap_or_default())
        }
        Action::Copy(copy) => {
            let Origin::Download(download) = &copy.from else { panic!("{copy:?}") };
            let digest = download.sha256.as_deref().unwrap_or("none");
            let Some(Mode::Bits(mode)) = &copy.mode else { panic!("{copy:?}") };
            format!("download {} sha256 {digest}\n    to {} mode {mode:04o}\n", download.url, copy.to)
        }
        Action::Run(process) => of_process(process),
        other => panic!("{other:?}"),
    }
}

/// The message and the help of an error.
pub(crate) fn of_error(error: &Diagnostic) -> String {
    format!("{}: {}\n", error.message, error.help.as_deref().unwrap_or_default())
}
