//! Commands and the processes of `run` and `exec`.

use std::net::IpAddr;

use super::mount::Mount;
use super::steps::env::{EnvChange, env};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteValue, Kind};

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
    /// Its network; that of all steps when it has none of its own.
    pub network: Option<Network>,
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
    pub hosts: Vec<(String, IpAddr)>,
}

/// The network of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// None at all.
    None,
    /// That of the machine that builds.
    Host,
}

/// The shell of scripts that name none: a failing line fails the step.
pub const SHELL: [&str; 3] = ["/bin/sh", "-e", "-c"];

impl Process {
    /// A process of root that changes the system, without a network or anything else of its own.
    pub(crate) fn of_root(script: Script) -> Self {
        Self {
            script,
            env: Vec::new(),
            mounts: Vec::new(),
            network: Some(Network::None),
            insecure: false,
            devices: Vec::new(),
            user: Some("0:0".to_owned()),
            workdir: Some("/".to_owned()),
            ulimits: Vec::new(),
            hosts: Vec::new(),
        }
    }
}

impl Script {
    /// Text for the usual shell, whatever that of the stage is.
    pub(crate) fn posix(text: String) -> Self {
        Self::Run { text, shell: Some(SHELL.map(str::to_owned).to_vec()) }
    }
}

impl Network {
    /// The one that the file calls by this name; `default` is none of its own.
    fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "host" => Some(Self::Host),
            _ => None,
        }
    }
}

/// A CDI device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Whether the build fails without it.
    pub required: bool,
}

pub(super) fn command(data: &ConcreteValue) -> Command {
    match &data.kind {
        Kind::Text(text) => Command::Shell(text.to_string()),
        _ => Command::Exec(data.as_texts()),
    }
}

/// The shell that the key `shell` names.
pub(super) fn shell(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let shell = data.get("shell")?;
    let words = shell.as_texts();
    if words.is_empty() {
        let error = Diagnostic::error(Code::BadValue, shell.span, "the shell is empty");
        found.push(error.help("write a program and its arguments: `[/bin/bash, -c]`"));
        return None;
    }
    Some(words)
}

pub(super) fn process(
    data: &ConcreteValue,
    script: Script,
    mounts: Vec<Mount>,
    found: &mut Vec<Diagnostic>,
) -> Process {
    // Not every process can have each of these: `packages` runs as root, and a check has no limits.
    let text = |key: &str| data.get_if_known(key).and_then(ConcreteValue::as_text).map(str::to_owned);
    let pairs = |key: &str| data.get_if_known(key).map(ConcreteValue::as_pairs).unwrap_or_default();
    let devices = data.get_if_known("devices").map(ConcreteValue::items).unwrap_or_default();
    Process {
        script,
        env: env(data, found),
        mounts,
        network: text("network").and_then(|name| Network::named(&name)),
        insecure: text("security").as_deref() == Some("insecure"),
        devices: devices.iter().filter_map(device).collect(),
        user: text("user"),
        workdir: text("workdir"),
        ulimits: pairs("ulimits").into_iter().filter_map(ulimit).collect(),
        hosts: pairs("hosts").into_iter().filter_map(host).collect(),
    }
}

fn device(item: &ConcreteValue) -> Option<Device> {
    match &item.kind {
        Kind::Text(name) => Some(Device { name: name.to_string(), required: true }),
        _ => Some(Device { name: item.text("name")?, required: item.bool("required").unwrap_or(true) }),
    }
}

fn ulimit((name, text): (String, String)) -> Option<(String, i64, i64)> {
    let (soft, hard) = scalars::limit(&text)?;
    Some((name, soft, hard))
}

fn host((name, text): (String, String)) -> Option<(String, IpAddr)> {
    Some((name, scalars::address(&text)?))
}
