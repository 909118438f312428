//! The engine of our own.

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

/// The suite an engine is made of when none is asked for.
pub const SUITE: &str = "forky";

/// What goes into the engine's root.
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
/// Where Debian puts the client's plugins.
const PLUGINS: &str = "usr/libexec/docker/cli-plugins";

/// Brings it up with no image in it.
pub fn up_bare(machine: &Machine) -> Result<Engine> {
    machine.can_make_engine()?;
    machine.need_program("debootstrap", &["debootstrap", "debian-archive-keyring"])?;
    let engine = engine(machine);
    start(machine, &Settings::of(machine), &engine, &daemon(machine))?;
    Ok(engine)
}

/// Brings it up with everything in it.
pub fn up(machine: &Machine) -> Result<Engine> {
    up_with(machine, true)
}

/// Brings it up with the Debian bases and the frontend, for tests beside the engine that all share.
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
    // Three things that do not wait for each other: the daemon, the base images' archives, the frontend's binary.
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

/// The newest suite's engine for its client alone, with no daemon up. It may not run on this machine.
pub fn client_alone(machine: &Machine) -> Result<Engine> {
    let machine = Machine { suite: Some(SUITE.to_owned()), store: Store::Containerd, ..machine.clone() };
    let (engine, daemon) = (engine(&machine), daemon(&machine));
    root(&machine, &Settings::of(&machine), &engine, &daemon)?;
    client(&machine, &engine, &daemon.root)?;
    Ok(engine)
}

/// The engine of our own, if it is up.
pub fn running(machine: &Machine) -> Option<Engine> {
    daemon(machine).is_well().then(|| engine(machine))
}

/// Ends it. Whether there was anything to end.
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

/// Ends an engine when a test is over, whatever its outcome, unless it was up before. One test at a time has one: another test may
/// use the same engine, and would lose it in the middle of a build.
#[derive(Debug)]
pub struct EndedLater {
    machine: Option<Machine>,
    _turn: Exclusive,
}

impl EndedLater {
    /// Call this before the engine is brought up.
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

/// Ends containers at once, for dockerd would give each of them time to end by itself.
fn kill_containers(engine: &Engine, daemon: &Daemon) {
    if !daemon.is_well() {
        return;
    }
    let running = stdout_of(engine.docker().args(["ps", "--quiet"])).unwrap_or_default();
    let ids: Vec<&str> = running.split_whitespace().collect();
    if !ids.is_empty() {
        // What goes wrong here is made good when the process namespace ends.
        stdout_of(engine.docker().arg("kill").args(ids)).ok();
    }
}

/// The engine as it is or would be.
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

/// A search path that begins with a folder, and has it once.
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

/// Makes the engine's root, unless it is there.
fn root(machine: &Machine, settings: &Settings, engine: &Engine, daemon: &Daemon) -> Result<()> {
    fs::create_dir_all(&engine.folder).with_context(|| format!("cannot make {}", engine.folder.display()))?;
    let half = engine.folder.join("root.half");
    mounts::remove_tree(&half)?;
    let finished = machine.cache.join("engines").join(suite(machine)).join("root");
    if !daemon.root.exists() && finished.exists() {
        // Links instead of copies: nothing in a root is ever written to in place.
        stdout_of(Command::new("cp").arg("-al").arg(finished).arg(&half))?;
        fs::rename(&half, &daemon.root).context("cannot name the finished root")?;
    }
    if !daemon.root.exists() {
        timed(&format!("making the engine's root of Debian's {} (about 820 MB)", suite(machine)), || {
            let log = engine.folder.join("debootstrap.log");
            debootstrap::make(machine, settings, suite(machine), &PACKAGES, &half, &log)?;
            // Only a whole root ever has this name.
            fs::rename(&half, &daemon.root).context("cannot name the finished root")
        })?;
    }
    Ok(())
}

/// A client's folder: the suite's own programs, so that it does not matter which this machine has.
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

/// The client hands the machine's proxies to every build.
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

/// Says what `down` did.
pub fn say_down(was_there: bool) {
    say(if was_there { "ended" } else { "no engine of ours was running" });
}
