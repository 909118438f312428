//! Commands, and the processes of steps.

use std::net::IpAddr;

use super::mount::Mount;
use super::retry::{Retry, retry};
use super::steps::env::{EnvChange, env};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// A command in the configuration of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A text for the shell.
    Shell(String),
    /// A program with its arguments.
    Exec(Vec<String>),
}

/// What a process executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// A text for a shell.
    Run {
        /// The text. The items of a list are its lines.
        text: String,
        /// The shell of this process alone. `None` for the shell of the stage.
        shell: Option<Vec<String>>,
    },
    /// A program with its arguments.
    Exec(Vec<String>),
}

/// A process with its environment, mounts and other settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The script or program.
    pub script: Script,
    /// Changes of the environment, for this process alone.
    pub env: Vec<EnvChange>,
    /// The mounts.
    pub mounts: Vec<Mount>,
    /// The network. `None` for the network that the client sets for all steps.
    pub network: Option<Network>,
    /// Whether the process has all privileges.
    pub insecure: bool,
    /// CDI devices.
    pub devices: Vec<Device>,
    /// The user, for this process alone. `None` for the user of the stage.
    pub user: Option<String>,
    /// The working directory, for this process alone. `None` for that of the stage.
    pub workdir: Option<String>,
    /// Resource limits: the name, the soft and the hard limit.
    pub ulimits: Vec<(String, i64, i64)>,
    /// Additional entries of /etc/hosts: name and address.
    pub hosts: Vec<(String, IpAddr)>,
    /// How often the process runs again if it fails. `None` for never.
    pub retry: Option<Retry>,
}

/// The network of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// No network.
    None,
    /// The network of the machine that builds.
    Host,
}

/// The shell of scripts that name none. With `-e`, a failing line fails the step.
pub const SHELL: [&str; 3] = ["/bin/sh", "-e", "-c"];

impl Process {
    /// A process that runs as root without a network, environment or mounts. It changes the files of the distribution.
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
            retry: None,
        }
    }
}

impl Script {
    /// A script for the default shell, even if the stage sets another one.
    pub(crate) fn posix(text: String) -> Self {
        Self::Run { text, shell: Some(SHELL.map(str::to_owned).to_vec()) }
    }
}

impl Network {
    /// The network with this name. `None` for `default`.
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
    /// The name, such as `nvidia.com/gpu=all`.
    pub name: String,
    /// Whether the build fails if the device does not exist.
    pub required: bool,
}

pub(super) fn command(data: &ConcreteValue) -> Command {
    match &data.kind {
        ConcreteKind::Text(text) => Command::Shell(text.to_string()),
        _ => Command::Exec(data.as_texts()),
    }
}

/// The text of a script, which is a text or a list of lines.
pub(super) fn script_text(value: &ConcreteValue) -> String {
    match &value.kind {
        ConcreteKind::Text(text) => text.to_string(),
        _ => value.as_texts().join("\n"),
    }
}

/// The value of the key `shell`.
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
    // Some processes lack some of these keys: `packages` runs as root, so it has no `user`, and an image test has no limits.
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
        retry: retry(data, found),
    }
}

fn device(item: &ConcreteValue) -> Option<Device> {
    match &item.kind {
        ConcreteKind::Text(name) => Some(Device { name: name.to_string(), required: true }),
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
