//! A real BuildKit: the running Docker of the machine, or an engine that the harness makes on Debian or Ubuntu.

pub mod archive;
pub mod bases;
pub mod bridge;
pub mod cross;
pub mod daemon;
pub mod debootstrap;
pub mod emulation;
pub mod found;
pub mod frontend;
pub mod images;
pub mod in_root;
pub mod lock;
pub mod mounts;
pub mod own;
pub mod ping;
pub mod settings;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use crate::command::stdout_of;
use crate::machine::Machine;

/// Variables that would direct a client to another engine.
const MISLEADING: [&str; 4] = ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "BUILDX_CONFIG"];

/// A running engine and how to reach it.
#[derive(Debug, Clone)]
pub struct Engine {
    /// `docker` for the Docker of the machine. Otherwise the Debian suite of the engine, and its image store if that is the older one.
    pub name: String,
    /// The folder for the files of this engine.
    pub folder: PathBuf,
    /// Environment variables with which `docker buildx build` reaches the engine.
    pub variables: Vec<(String, String)>,
    /// The `docker` program to use.
    pub program: PathBuf,
}

impl Engine {
    /// The engine of this process. The first call starts it, with base images and the frontend of the current sources. An engine of an
    /// older suite gets the newest client, since clients began to support `--call` later than daemons.
    pub fn get() -> Result<&'static Engine> {
        static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
        let made = ENGINE.get_or_init(|| {
            let up = || {
                let machine = Machine::read()?;
                Engine::up(&machine)?.with_newest_client(&machine)
            };
            up().map_err(|error| format!("{error:#}"))
        });
        made.as_ref().map_err(|error| anyhow!("no engine: {error}"))
    }

    /// Finds or makes an engine and starts it, with base images and the frontend.
    pub fn up(machine: &Machine) -> Result<Engine> {
        let _lock = lock::take(&machine.cache)?;
        match found::find(machine)? {
            Some(engine) => found::complete(engine, machine),
            None => own::up(machine),
        }
    }

    /// Finds or makes an engine and starts it, without base images and frontend.
    pub fn up_bare(machine: &Machine) -> Result<Engine> {
        let _lock = lock::take(&machine.cache)?;
        match found::find(machine)? {
            Some(engine) => Ok(engine),
            None => own::up_bare(machine),
        }
    }

    /// The running engine, whatever images it has.
    pub fn current(machine: &Machine) -> Result<Option<Engine>> {
        match found::find(machine)? {
            Some(engine) => Ok(Some(engine)),
            None => Ok(own::running(machine)),
        }
    }

    fn with_newest_client(self, machine: &Machine) -> Result<Engine> {
        if machine.suite.as_deref().is_none_or(|suite| suite == own::SUITE) {
            return Ok(self);
        }
        let _lock = lock::take(&machine.cache)?;
        let newer = self.with_client_of(&own::client_alone(machine)?);
        Ok(if newer.version().is_ok() { newer } else { self })
    }

    /// Returns this engine's daemon with the client of another engine.
    pub fn with_client_of(&self, other: &Engine) -> Engine {
        let is_host = |variable: &&(String, String)| variable.0 == "DOCKER_HOST";
        let own = self.variables.iter().filter(is_host);
        let variables = other.variables.iter().filter(|variable| !is_host(variable)).chain(own);
        Engine { variables: variables.cloned().collect(), program: other.program.clone(), ..self.clone() }
    }

    /// The command `docker` for this engine.
    pub fn docker(&self) -> Command {
        let mut command = Command::new(&self.program);
        for name in MISLEADING {
            command.env_remove(name);
        }
        command.env_remove("BUILDX_BUILDER").envs(self.variables.iter().cloned());
        command
    }

    /// Returns the same engine, for which [`Engine::docker`] starts the plugin `buildx` directly. This is for tests with hundreds
    /// of builds, because `docker` itself takes a third of the client's time for a small build.
    pub fn buildx_alone(&self) -> Result<Engine> {
        const PLUGIN: &str =
            r#"{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}"#;
        let path = stdout_of(self.docker().args(["info", "--format", PLUGIN]))?;
        let mut engine = Engine { program: path.trim().into(), ..self.clone() };
        engine.variables.push(("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND".into(), "docker".into()));
        Ok(engine)
    }

    /// The id of a local image.
    pub fn image_id(&self, name: &str) -> Option<String> {
        let mut command = self.docker();
        let found = stdout_of(command.args(["image", "inspect", "--format", "{{.Id}}", name])).ok()?;
        Some(found.trim().to_owned())
    }

    /// The versions of the daemon, the client and buildx, in one line.
    pub fn version(&self) -> Result<String> {
        let docker = self.docker_version("{{.Server.Version}}, client {{.Client.Version}}")?;
        let buildx = stdout_of(self.docker().args(["buildx", "version"]))?;
        Ok(format!("{docker}, {}", buildx.trim()))
    }

    fn docker_version(&self, form: &str) -> Result<String> {
        Ok(stdout_of(self.docker().args(["version", "--format", form]))?.trim().to_owned())
    }

    /// Whether the daemon is older than this release of Docker Engine, such as `27.0`.
    pub fn is_before(&self, release: &str) -> Result<bool> {
        let numbers = |text: &str| -> Vec<u32> {
            text.split('.').map_while(|part| part.parse().ok()).take(2).collect()
        };
        Ok(numbers(&self.docker_version("{{.Server.Version}}")?) < numbers(release))
    }

    /// The image store: `containerd`, or the name of an older store, which cannot export OCI archives.
    pub fn store(&self) -> Result<String> {
        let found =
            stdout_of(self.docker().args(["info", "--format", "{{.Driver}} {{json .DriverStatus}}"]))?;
        let driver = found.split(' ').next().unwrap_or_default();
        let is_containerd = found.contains("io.containerd.snapshotter");
        Ok(if is_containerd { "containerd".into() } else { format!("{driver}, not containerd") })
    }

    /// Shell commands that set the environment variables.
    pub fn exports(&self) -> String {
        let quoted = |value: &str| format!("'{}'", value.replace('\'', r"'\''"));
        let mut lines = format!("unset {} BUILDX_BUILDER\n", MISLEADING.join(" "));
        for (name, value) in &self.variables {
            lines.push_str(&format!("export {name}={}\n", quoted(value)));
        }
        lines
    }
}
