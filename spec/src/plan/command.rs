//! Commands and the processes of `run` and `exec`.

use super::env::{EnvChange, env};
use super::mount::Mount;
use crate::data::{Data, Kind};
use crate::diagnostic::{Code, Diagnostic};
use crate::scalar;

/// A command of the image's configuration, or of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Text for the shell.
    Shell(String),
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// What a `run` or `exec` step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Text for a shell: that of the step, or that of the stage.
    Run {
        /// The text; lines of a list are joined.
        text: String,
        /// The shell of this step alone.
        shell: Option<Vec<String>>,
    },
    /// A program and its arguments.
    Exec(Vec<String>),
}

/// A process and its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// What runs.
    pub script: Script,
    /// Environment of this process alone.
    pub env: Vec<EnvChange>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Its network: `default`, `none` or `host`.
    pub network: Option<String>,
    /// Whether it runs with all privileges.
    pub insecure: bool,
    /// CDI devices.
    pub devices: Vec<Device>,
    /// The user of this process alone.
    pub user: Option<String>,
    /// The directory of this process alone.
    pub workdir: Option<String>,
    /// Limits: name, soft and hard.
    pub ulimits: Vec<(String, i64, i64)>,
    /// More entries of /etc/hosts: name and address.
    pub hosts: Vec<(String, String)>,
}

/// A CDI device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Whether the build fails without it.
    pub required: bool,
}

pub(super) fn command(data: &Data) -> Command {
    match &data.kind {
        Kind::Text(text) => Command::Shell(text.to_string()),
        _ => Command::Exec(data.as_texts()),
    }
}

/// The shell that the key `shell` names.
pub(super) fn shell(data: &Data, found: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let shell = data.get("shell")?;
    let words = shell.as_texts();
    if words.is_empty() {
        let error = Diagnostic::error(Code::BadValue, shell.span, "an empty shell");
        found.push(error.help("name a program and its arguments: `[/bin/bash, -c]`"));
        return None;
    }
    Some(words)
}

pub(super) fn process(
    data: &Data,
    script: Script,
    mounts: Vec<Mount>,
    found: &mut Vec<Diagnostic>,
) -> Process {
    Process {
        script,
        env: env(data, found),
        mounts,
        network: data.text("network").filter(|network| network != "default"),
        insecure: data.text("security").as_deref() == Some("insecure"),
        devices: data.get("devices").map(Data::items).unwrap_or_default().iter().filter_map(device).collect(),
        user: data.text("user"),
        workdir: data.text("workdir"),
        ulimits: data.pairs("ulimits").into_iter().filter_map(ulimit).collect(),
        hosts: data.pairs("hosts"),
    }
}

fn device(item: &Data) -> Option<Device> {
    match &item.kind {
        Kind::Text(name) => Some(Device { name: name.to_string(), required: true }),
        _ => Some(Device { name: item.text("name")?, required: item.bool("required").unwrap_or(true) }),
    }
}

fn ulimit((name, text): (String, String)) -> Option<(String, i64, i64)> {
    let (soft, hard) = scalar::limit(&text)?;
    Some((name, soft, hard))
}
