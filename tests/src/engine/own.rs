//! Engines that the harness makes: a Debian root with dockerd and its client.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use crate::command::stdout_of;
use crate::engine::bridge::Bridge;
use crate::engine::daemon::Daemon;
use crate::engine::settings::Settings;
use crate::engine::{Engine, bases, debootstrap, frontend, lock, mounts};
use crate::exclusive::{Exclusive, Kind};
use crate::machine::{Machine, Store};
use crate::progress::{say, timed};

/// The Debian suite of an engine, unless another one is selected.
pub const SUITE: &str = "forky";

/// The packages in the engine's root.
const PACKAGES: [&str; 10] = [
    "ca-certificates",
    "containerd",
    "docker-buildx",
    "docker-cli",
    "docker-registry",
    "docker.io",
    "git",
    "iproute2",
    "iptables",
    "runc",
];
/// The folder of the client's plugins in Debian.
const PLUGINS: &str = "usr/libexec/docker/cli-plugins";

/// Makes and starts an engine without images.
pub fn up_bare(machine: &Machine) -> Result<Engine> {
    machine.can_make_engine()?;
    machine.need_program("debootstrap", &["debootstrap", "debian-archive-keyring"])?;
    let engine = engine(machine);
    start(machine, &Settings::of(machine), &engine, &daemon(machine))?;
    Ok(engine)
}

/// Makes and starts an engine with all base images and the frontend.
pub fn up(machine: &Machine) -> Result<Engine> {
    up_with(machine, true)
}

/// Makes and starts an engine with the Debian base images and the frontend, for tests that need an engine beside the shared one.
pub fn up_plain(machine: &Machine) -> Result<Engine> {
    let _lock = lock::take(&machine.cache)?;
    up_with(machine, false)
}

fn up_with(machine: &Machine, python: bool) -> Result<Engine> {
    machine.can_make_engine()?;
    machine.need_program("debootstrap", &["debootstrap", "debian-archive-keyring"])?;
    let settings = Settings::of(machine);
    let engine = engine(machine);
    let daemon = daemon(machine);
    // Three independent tasks: the daemon, the archives of the base images, and the binary of the frontend.
    thread::scope(|scope| {
        let started = scope.spawn(|| start(machine, &settings, &engine, &daemon));
        let programs = scope.spawn(|| frontend::Programs::build(machine));
        let archives: Result<Vec<_>> = bases::RELEASES
            .into_iter()
            .map(|(release, suite)| Ok((release, bases::archive_of(machine, &settings, release, suite)?)))
            .collect();
        joined(started.join())?;
        for (release, archive) in archives? {
            bases::load(&engine, release, &archive)?;
            if python {
                bases::add_python(&engine, release)?;
            }
        }
        frontend::load(&engine, machine, &joined(programs.join())?)
    })?;
    Ok(engine)
}

/// An engine of the newest suite whose daemon is not started, for its client. The client may not run on this machine.
pub fn client_alone(machine: &Machine) -> Result<Engine> {
    let machine = Machine { suite: Some(SUITE.to_owned()), store: Store::Containerd, ..machine.clone() };
    let (engine, daemon) = (engine(&machine), daemon(&machine));
    root(&machine, &Settings::of(&machine), &engine, &daemon)?;
    client(&machine, &engine, &daemon.root)?;
    Ok(engine)
}

/// The engine, if it runs.
pub fn running(machine: &Machine) -> Option<Engine> {
    daemon(machine).is_well().then(|| engine(machine))
}

/// Stops the engine. Returns whether it was running.
pub fn down(machine: &Machine) -> Result<bool> {
    let daemon = daemon(machine);
    let was_there = daemon.guard().is_some();
    if machine.root && daemon.root.exists() {
        kill_containers(&engine(machine), &daemon);
        daemon.stop()?;
    } else if was_there {
        bail!("the engine runs as root: run `cargo engine down` as root");
    }
    Ok(was_there)
}

/// Stops an engine at the end of a test, unless it was running before. Only one test at a time can have such an engine: otherwise a test
/// could stop the engine that another one uses.
#[derive(Debug)]
pub struct EndedLater {
    machine: Option<Machine>,
    _turn: Exclusive,
}

impl EndedLater {
    /// Call this before the engine is started.
    pub fn unless_running(machine: &Machine) -> EndedLater {
        let turn = Exclusive::take(Kind::SecondEngine);
        EndedLater { machine: running(machine).is_none().then(|| machine.clone()), _turn: turn }
    }
}

impl Drop for EndedLater {
    fn drop(&mut self) {
        if let Some(machine) = &self.machine {
            down(machine).ok();
        }
    }
}

/// Kills containers. dockerd itself would give each of them time to end.
fn kill_containers(engine: &Engine, daemon: &Daemon) {
    if !daemon.is_well() {
        return;
    }
    let running = stdout_of(engine.docker().args(["ps", "--quiet"])).unwrap_or_default();
    let ids: Vec<&str> = running.split_whitespace().collect();
    if !ids.is_empty() {
        // If this fails, the end of the process namespace kills them.
        stdout_of(engine.docker().arg("kill").args(ids)).ok();
    }
}

/// The engine, which may not exist yet.
fn engine(machine: &Machine) -> Engine {
    let name = match machine.store {
        Store::Containerd => suite(machine).to_owned(),
        Store::GraphDriver => format!("{}-graph-driver", suite(machine)),
    };
    let folder = machine.cache.join("engines").join(&name);
    let client = folder.join("client");
    let socket = Daemon::in_folder(&folder).socket();
    let variables = [
        ("DOCKER_HOST", format!("unix://{}", socket.display())),
        ("DOCKER_CONFIG", client.display().to_string()),
        ("PATH", path_with(&client.join("bin"), &machine.path)),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Engine { name, program: client.join("bin/docker"), folder, variables }
}

fn daemon(machine: &Machine) -> Daemon {
    Daemon::in_folder(&engine(machine).folder).with_store(machine.store)
}

fn suite(machine: &Machine) -> &str {
    machine.suite.as_deref().unwrap_or(SUITE)
}

/// A search path that starts with a folder and contains it once.
fn path_with(folder: &Path, path: &str) -> String {
    let folder = folder.to_string_lossy();
    let rest = path.split(':').filter(|other| *other != folder);
    std::iter::once(&*folder).chain(rest).collect::<Vec<_>>().join(":")
}

fn start(machine: &Machine, settings: &Settings, engine: &Engine, daemon: &Daemon) -> Result<()> {
    root(machine, settings, engine, daemon)?;
    if daemon.is_well() && !daemon.is_up_to_date() {
        daemon.stop()?;
    }
    if !daemon.is_well() {
        settings.write_into(&daemon.root)?;
        timed("starting dockerd", || daemon.start(&machine.proxies))?;
    }
    Bridge::of(&daemon.root).up()?;
    client(machine, engine, &daemon.root)?;
    stdout_of(engine.docker().args(["buildx", "version"])).map(drop).context(
        "the engine's docker client does not run on this machine; VARVE_ENGINE_SUITE=trixie takes an older one",
    )
}

/// Makes the engine's root, unless it exists.
fn root(machine: &Machine, settings: &Settings, engine: &Engine, daemon: &Daemon) -> Result<()> {
    fs::create_dir_all(&engine.folder).with_context(|| format!("cannot make {}", engine.folder.display()))?;
    let half = engine.folder.join("root.half");
    mounts::remove_tree(&half)?;
    let finished = machine.cache.join("engines").join(suite(machine)).join("root");
    if !daemon.root.exists() && finished.exists() {
        // Hard links instead of copies, since no file of a root is ever changed in place.
        stdout_of(Command::new("cp").arg("-al").arg(finished).arg(&half))?;
        fs::rename(&half, &daemon.root).context("cannot rename the finished root")?;
    }
    if !daemon.root.exists() {
        timed(&format!("making the engine's root of Debian's {} (about 820 MB)", suite(machine)), || {
            let log = engine.folder.join("debootstrap.log");
            debootstrap::make(machine, settings, suite(machine), &PACKAGES, &half, &log)?;
            // Only a complete root gets this name.
            fs::rename(&half, &daemon.root).context("cannot rename the finished root")
        })?;
    }
    Ok(())
}

/// Makes the client's folder, with the programs of the suite instead of those of this machine.
fn client(machine: &Machine, engine: &Engine, root: &Path) -> Result<()> {
    let folder = engine.folder.join("client");
    link(&root.join("usr/bin/docker"), &folder.join("bin/docker"))?;
    link(&root.join(PLUGINS).join("docker-buildx"), &folder.join("cli-plugins/docker-buildx"))?;
    let path = folder.join("config.json");
    fs::write(&path, client_config(&machine.proxies))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn link(target: &Path, name: &Path) -> Result<()> {
    if fs::read_link(name).is_ok_and(|found| found == target) {
        return Ok(());
    }
    fs::create_dir_all(name.parent().unwrap_or(name))?;
    if name.symlink_metadata().is_ok() {
        fs::remove_file(name)?;
    }
    symlink(target, name).with_context(|| format!("cannot make the link {}", name.display()))
}

/// The client's configuration, which passes the machine's proxies to every build.
fn client_config(proxies: &[(String, String)]) -> String {
    let names = [("http_proxy", "httpProxy"), ("https_proxy", "httpsProxy"), ("no_proxy", "noProxy")];
    let known = proxies.iter().filter_map(|(name, value)| {
        let key = names.iter().find(|(variable, _)| name.eq_ignore_ascii_case(variable))?.1;
        Some((key.to_owned(), serde_json::Value::from(value.clone())))
    });
    let default: serde_json::Map<_, _> = known.collect();
    let config = if default.is_empty() {
        serde_json::json!({})
    } else {
        serde_json::json!({"proxies": {"default": default}})
    };
    format!("{config:#}\n")
}

fn joined<T>(result: thread::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|_| Err(anyhow!("a part of `up` panicked")))
}

/// Prints the result of `down`.
pub fn say_down(was_there: bool) {
    say(if was_there { "stopped" } else { "no engine of the harness was running" });
}
