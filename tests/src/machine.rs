//! The facts about the machine and its environment that the harness needs, read once.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::stdout_of;

/// The image store of an engine that the harness makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// containerd, the store of every new Docker.
    Containerd,
    /// Docker's own graph driver, the older store. Its BuildKit has no merge and diff operations.
    GraphDriver,
}

/// The machine, its user and the environment variables of the harness.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The folder for all files of the harness: `VARVE_CACHE`, else `XDG_CACHE_HOME/varve`, else `~/.cache/varve`.
    pub cache: PathBuf,
    /// The Debian suite of the engine: `VARVE_ENGINE_SUITE`.
    pub suite: Option<String>,
    /// The image store of the engine. `VARVE_ENGINE_STORE=graph-driver` selects the older one.
    pub store: Store,
    /// `DOCKER_HOST`, as the user set it.
    pub docker_host: Option<String>,
    /// `PATH`, as the user set it.
    pub path: String,
    /// The cargo that runs this program.
    pub cargo: PathBuf,
    /// `CARGO_BUILD_JOBS`: how many compilers cargo runs at once.
    pub cargo_jobs: Option<String>,
    /// The proxy variables that are set, each with its spelling.
    pub proxies: Vec<(String, String)>,
    /// The cargo profile of the frontend: `VARVE_FRONTEND_PROFILE`, else `dist` if `CI` is set, as for a release, else `quick`.
    pub profile: String,
    /// Whether the user is root.
    pub root: bool,
    /// `ID` in /etc/os-release, such as `debian`. Empty without that file.
    pub system: String,
    /// `VERSION_CODENAME` in /etc/os-release.
    pub codename: String,
    /// The architecture in Docker's spelling, such as `amd64`.
    pub arch: &'static str,
    /// The root of this workspace.
    pub workspace: PathBuf,
}

impl Machine {
    /// Reads the environment. No other code of the harness does.
    pub fn read() -> Result<Machine> {
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let cache = match (variable("VARVE_CACHE"), variable("XDG_CACHE_HOME"), variable("HOME")) {
            (Some(own), ..) => PathBuf::from(own),
            (_, Some(xdg), _) => Path::new(&xdg).join("varve"),
            (_, _, Some(home)) => Path::new(&home).join(".cache/varve"),
            _ => bail!("no cache folder: set VARVE_CACHE, XDG_CACHE_HOME or HOME"),
        };
        let proxies = ["http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy"]
            .iter()
            .flat_map(|name| [name.to_string(), name.to_uppercase()])
            .filter_map(|name| variable(&name).map(|value| (name, value)))
            .collect();
        Ok(Machine {
            cache: std::path::absolute(cache)?,
            suite: variable("VARVE_ENGINE_SUITE"),
            store: match variable("VARVE_ENGINE_STORE").as_deref() {
                None | Some("containerd") => Store::Containerd,
                Some("graph-driver") => Store::GraphDriver,
                Some(other) => {
                    bail!("VARVE_ENGINE_STORE is `{other}`, expected `containerd` or `graph-driver`")
                }
            },
            docker_host: variable("DOCKER_HOST"),
            path: variable("PATH").unwrap_or_default(),
            cargo: variable("CARGO").unwrap_or_else(|| "cargo".into()).into(),
            cargo_jobs: variable("CARGO_BUILD_JOBS"),
            proxies,
            profile: variable("VARVE_FRONTEND_PROFILE")
                .unwrap_or_else(|| if variable("CI").is_some() { "dist" } else { "quick" }.into()),
            root: std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0),
            system: release_field(&release, "ID"),
            codename: release_field(&release, "VERSION_CODENAME"),
            arch: match std::env::consts::ARCH {
                "x86_64" => "amd64",
                "aarch64" => "arm64",
                other => other,
            },
            workspace: Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?.to_owned(),
        })
    }

    /// Checks whether the harness can make an engine here. The error says what is missing and what to do.
    pub fn can_make_engine(&self) -> Result<()> {
        let way_out = "start a Docker that has buildx";
        if !cfg!(target_os = "linux") {
            bail!("no running Docker with buildx, and varve makes its own engine on Linux only: {way_out}");
        }
        if !matches!(self.system.as_str(), "debian" | "ubuntu") {
            let found = if self.system.is_empty() { "an unknown system" } else { &self.system };
            bail!(
                "no running Docker with buildx, and varve makes its own engine on Debian and Ubuntu only, \
                 not on {found}: {way_out}"
            );
        }
        if !self.root {
            bail!(
                "no running Docker with buildx, and making an engine needs root: {way_out}, \
                 or run `cargo engine up` as root"
            );
        }
        Ok(())
    }

    /// Installs Debian packages unless the program exists.
    pub fn need_program(&self, program: &str, packages: &[&str]) -> Result<()> {
        if self.path.split(':').chain(["/usr/sbin", "/sbin"]).any(|dir| Path::new(dir).join(program).exists())
        {
            return Ok(());
        }
        crate::progress::timed(&format!("installing {}", packages.join(", ")), || {
            let install = || {
                stdout_of(
                    Command::new("apt-get")
                        .args(["install", "-y", "-q", "--no-install-recommends"])
                        .args(packages)
                        .env("DEBIAN_FRONTEND", "noninteractive"),
                )
            };
            if install().is_err() {
                stdout_of(Command::new("apt-get").args(["update", "-q"]))?;
                install()?;
            }
            Ok(())
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the harness reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn release_field(release: &str, key: &str) -> String {
    let found = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_default().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_fields_are_whole_keys() {
        let release = "VERSION_ID=\"12\"\nID=debian\nID_LIKE=x\n";
        assert_eq!(release_field(release, "ID"), "debian");
        assert_eq!(release_field(release, "VERSION_CODENAME"), "");
    }
}
