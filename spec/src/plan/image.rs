//! The configuration of the image that does not affect steps.

use super::process::{Command, command};
use super::steps::env::{EnvChange, env};
use crate::base::diagnostic::Diagnostic;
use crate::schema::scalars;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// The settings under `image`. A setting that is absent is kept as the base image and the steps set it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageConfig {
    /// The program that a container runs.
    pub entrypoint: Option<Command>,
    /// The default arguments of that program.
    pub cmd: Option<Command>,
    /// Changes of the environment of containers.
    pub env: Vec<EnvChange>,
    /// The labels.
    pub labels: Vec<(String, String)>,
    /// The annotations of the image manifest.
    pub annotations: Vec<(String, String)>,
    /// The annotations of the index, which an image for several platforms has.
    pub index_annotations: Vec<(String, String)>,
    /// The user of containers.
    pub user: Option<String>,
    /// The working directory of containers.
    pub workdir: Option<String>,
    /// Ports with their protocol, such as `8080/tcp`.
    pub expose: Vec<String>,
    /// Paths at which containers have a volume.
    pub volumes: Vec<String>,
    /// The healthcheck of containers.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that stops a container.
    pub stop_signal: Option<String>,
}

/// The healthcheck of containers. Durations are in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Healthcheck {
    /// The command. `None` turns the healthcheck of the base image off.
    pub test: Option<Command>,
    /// The time between two runs.
    pub interval: Option<u64>,
    /// The longest time that a run may take.
    pub timeout: Option<u64>,
    /// How long after the start of the container failures do not count.
    pub start_period: Option<u64>,
    /// The time between two runs in that period.
    pub start_interval: Option<u64>,
    /// The number of failures in a row that make the container unhealthy.
    pub retries: Option<u64>,
}

pub(super) fn image(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> ImageConfig {
    ImageConfig {
        entrypoint: data.get("entrypoint").map(command),
        cmd: data.get("cmd").map(command),
        env: env(data, found),
        labels: data.pairs("labels"),
        annotations: data.pairs("annotations"),
        index_annotations: data.pairs("index-annotations"),
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
        .is_some_and(|test| matches!(&test.kind, ConcreteKind::Text(text) if text.as_ref() == "none"));
    Healthcheck {
        test: data.get("test").filter(|_| !off).map(command),
        interval: duration("interval"),
        timeout: duration("timeout"),
        start_period: duration("start-period"),
        start_interval: duration("start-interval"),
        retries: data.text("retries").and_then(|text| scalars::number(&text)),
    }
}
