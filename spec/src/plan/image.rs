//! The configuration of the image that no step sees.

use super::process::{Command, command};
use super::steps::env::{EnvChange, env};
use crate::base::diagnostic::Diagnostic;
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteValue, Kind};

/// What `image` sets; what it does not set stays as the base and the steps have it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageConfig {
    /// The program.
    pub entrypoint: Option<Command>,
    /// The default arguments.
    pub cmd: Option<Command>,
    /// Environment of the container.
    pub env: Vec<EnvChange>,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Annotations of the manifest.
    pub annotations: Vec<(String, String)>,
    /// The user.
    pub user: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// Ports with protocol, such as `8080/tcp`.
    pub expose: Vec<String>,
    /// Paths that are volumes.
    pub volumes: Vec<String>,
    /// How to see whether the container is well.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that ends the container.
    pub stop_signal: Option<String>,
}

/// How to see whether the container is well. Times in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Healthcheck {
    /// The command; nothing switches an inherited check off.
    pub test: Option<Command>,
    /// The time between two checks.
    pub interval: Option<u64>,
    /// How long a check may take.
    pub timeout: Option<u64>,
    /// How long failures do not count after the start.
    pub start_period: Option<u64>,
    /// The time between two checks in that period.
    pub start_interval: Option<u64>,
    /// How many failures in a row make it unhealthy.
    pub retries: Option<u64>,
}

pub(super) fn image(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> ImageConfig {
    ImageConfig {
        entrypoint: data.get("entrypoint").map(command),
        cmd: data.get("cmd").map(command),
        env: env(data, found),
        labels: data.pairs("labels"),
        annotations: data.pairs("annotations"),
        user: data.text("user"),
        workdir: data.text("workdir"),
        expose: data.texts("expose").iter().flat_map(|port| ports(port)).collect(),
        volumes: data.texts("volumes"),
        healthcheck: data.get("healthcheck").map(healthcheck),
        stop_signal: data.text("stop-signal"),
    }
}

fn ports(text: &str) -> Vec<String> {
    let Some((first, last, protocol)) = scalars::port(text) else { return Vec::new() };
    (first..=last).map(|port| format!("{port}/{protocol}")).collect()
}

fn healthcheck(data: &ConcreteValue) -> Healthcheck {
    let duration = |key: &str| data.text(key).and_then(|text| scalars::duration(&text));
    let off = data
        .get("test")
        .is_some_and(|test| matches!(&test.kind, Kind::Text(text) if text.as_ref() == "none"));
    Healthcheck {
        test: data.get("test").filter(|_| !off).map(command),
        interval: duration("interval"),
        timeout: duration("timeout"),
        start_period: duration("start-period"),
        start_interval: duration("start-interval"),
        retries: data.text("retries").and_then(|text| scalars::number(&text)),
    }
}
