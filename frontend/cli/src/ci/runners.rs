//! Which runner builds which platform.

use std::fmt;

use buildkit_gateway::Platform;

/// The runner for x86-64, and for everything that is emulated.
const AMD64: &str = "ubuntu-24.04";

/// The runner for 64-bit ARM.
const ARM64: &str = "ubuntu-24.04-arm";

/// The runner of a platform, from the command line: `linux/arm64=ubuntu-24.04-arm`.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    platform: Platform,
    labels: Vec<String>,
}

impl Runner {
    /// Parses `PLATFORM=LABEL` or `PLATFORM=LABEL,LABEL`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected PLATFORM=LABEL, such as linux/arm64=ubuntu-24.04-arm".to_owned();
        let (platform, labels) = text.split_once('=').ok_or_else(wrong)?;
        let platform = platform.parse().map_err(|_| wrong())?;
        let labels: Vec<String> = labels.split(',').map(|label| label.trim().to_owned()).collect();
        let is_label = |label: &String| !label.is_empty() && !label.contains(char::is_control);
        if labels.iter().all(is_label) { Ok(Self { platform, labels }) } else { Err(wrong()) }
    }

    /// The labels of the runner for a platform. The last one that the command line names counts.
    pub(super) fn labels(stated: &[Self], platform: &str) -> Vec<String> {
        let stated = stated.iter().rev().find(|runner| runner.platform.to_string() == platform);
        match stated {
            Some(runner) => runner.labels.clone(),
            None if platform == "linux/arm64" => vec![ARM64.to_owned()],
            None => vec![AMD64.to_owned()],
        }
    }

    /// Whether a runner of the code host has to emulate a platform. Of a runner with other labels only its owner knows that.
    pub(super) fn emulates(labels: &[String], platform: &str) -> bool {
        let hosted = labels.iter().find(|label| label.starts_with("ubuntu-"));
        hosted.is_some_and(|label| match label.contains("-arm") {
            true => platform != "linux/arm64",
            false => !["linux/amd64", "linux/386"].contains(&platform),
        })
    }

    /// The runner of the jobs that build nothing.
    pub(super) fn light() -> &'static str {
        AMD64
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.platform, self.labels.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_a_native_runner_or_is_emulated() {
        let check = |stated: &[&str], platform: &str, labels: &[&str], emulated: bool| {
            let stated: Result<Vec<Runner>, String> = stated.iter().map(|text| Runner::parse(text)).collect();
            let found = Runner::labels(&stated.unwrap_or_default(), platform);
            assert_eq!(found, labels);
            assert_eq!(Runner::emulates(&found, platform), emulated);
        };
        check(&[], "linux/amd64", &["ubuntu-24.04"], false);
        check(&[], "linux/arm64", &["ubuntu-24.04-arm"], false);
        check(&[], "linux/riscv64", &["ubuntu-24.04"], true);
        check(&["linux/arm64=ubuntu-24.04"], "linux/arm64", &["ubuntu-24.04"], true);
        check(&["linux/aarch64=self-hosted, big"], "linux/arm64", &["self-hosted", "big"], false);
    }

    #[test]
    fn a_runner_needs_a_platform_and_labels() {
        for wrong in ["linux/arm64", "linux/arm64=", "=x", "linux/arm64=a,,b", "x=a"] {
            assert!(Runner::parse(wrong).is_err(), "{wrong}");
        }
    }
}
