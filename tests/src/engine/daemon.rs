//! The daemon of an engine of our own: dockerd in a root, with mounts and processes of its own.
//!
//! Nothing is remembered of it. Whether it runs is read from the process table, where the first process has the engine's
//! root among its arguments, so a pid file cannot be stale. All its mounts and processes live in namespaces that the kernel
//! clears when that process ends.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::{last_lines, stdout_of};
use crate::engine::bridge::Bridge;
use crate::engine::settings::write;
use crate::engine::{mounts, ping};
use crate::machine::Store;

/// How long a daemon may take to answer.
const START: Duration = Duration::from_secs(90);
/// How long a daemon may take to end when asked to.
const STOP: Duration = Duration::from_secs(20);
/// Between two looks at something that is about to change.
const LOOK: Duration = Duration::from_millis(50);
/// Where dockerd reads its settings.
const SETTINGS: &str = "etc/docker/daemon.json";
/// A Unix socket's path is no longer than this.
const SOCKET_PATH: usize = 107;

/// Where one engine keeps its things.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// The Debian root that holds dockerd.
    pub root: PathBuf,
    data: PathBuf,
    log: PathBuf,
    script: PathBuf,
    store: Store,
}

impl Daemon {
    /// The daemon whose root, data and log are in this folder. It keeps images in containerd.
    pub fn in_folder(folder: &Path) -> Daemon {
        Daemon {
            root: folder.join("root"),
            data: folder.join("data"),
            log: folder.join("dockerd.log"),
            script: folder.join("start.sh"),
            store: Store::Containerd,
        }
    }

    /// Keeps images somewhere else, once it is started anew.
    pub fn with_store(self, store: Store) -> Daemon {
        Daemon { store, ..self }
    }

    /// Its socket, as seen from outside.
    pub fn socket(&self) -> PathBuf {
        self.root.join("run/docker.sock")
    }

    /// Whether it is there and answers.
    pub fn is_well(&self) -> bool {
        self.guard().is_some() && ping::answers(&self.socket())
    }

    /// Whether it was started with the settings that it would be started with now.
    pub fn is_up_to_date(&self) -> bool {
        let own = fs::read_to_string(self.root.join(SETTINGS)).unwrap_or_default();
        own == settings(&Bridge::of(&self.root).name, self.store)
    }

    /// Starts it unless it runs, and waits until it answers.
    pub fn start(&self, proxies: &[(String, String)]) -> Result<()> {
        if self.guard().is_some() {
            if self.wait_until_well().is_ok() {
                return Ok(());
            }
            self.stop()?;
        }
        if self.socket().as_os_str().len() > SOCKET_PATH {
            let folder = self.socket();
            bail!("{} is too long for a socket: set VARVE_CACHE to a shorter path", folder.display());
        }
        // Whatever ran here before is gone: its sockets, pid files and state would only mislead the new one.
        mounts::clear_below(self.root.parent().unwrap_or(&self.root))?;
        mounts::remove_tree(&self.root.join("run"))?;
        fs::create_dir_all(self.root.join("run/lock"))?;
        fs::create_dir_all(&self.data)?;
        write(&self.root, "etc/resolv.conf", &name_servers())?;
        write(&self.root, "etc/hosts", &fs::read_to_string("/etc/hosts").unwrap_or_default())?;
        let bridge = Bridge::of(&self.root);
        bridge.up()?;
        write(&self.root, SETTINGS, &settings(&bridge.name, self.store))?;
        fs::write(&self.script, include_str!("start.sh"))?;
        let log = File::create(&self.log)?;
        let mut command = Command::new("setsid");
        command
            .args(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh"])
            .arg(&self.script)
            .arg(&self.root)
            .arg(&self.data)
            .args(["dockerd", "--host=unix:///run/docker.sock"])
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(proxies.iter().cloned())
            .env_remove("DOCKER_HOST")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        // In a process group of its own setsid forks, so this child ends at once and the daemon is nobody's.
        let status = command.status().context("cannot start setsid")?;
        if !status.success() {
            bail!("setsid failed ({status}): {}", self.last_words());
        }
        self.wait_until_well()
    }

    /// Ends it and everything it started, and removes its bridge.
    pub fn stop(&self) -> Result<()> {
        if let Some(guard) = self.guard() {
            if let Some(first) = child_of(guard) {
                signal("TERM", first);
            }
            if !wait_for(STOP, || self.guard().is_none()) {
                // The kernel ends the first process with its guard, and with it the whole process namespace.
                signal("KILL", guard);
                if !wait_for(STOP, || self.guard().is_none()) {
                    bail!("process {guard} does not end: see {}", self.log.display());
                }
            }
        }
        mounts::clear_below(self.root.parent().unwrap_or(&self.root))?;
        if self.root.exists() {
            Bridge::of(&self.root).down()?;
        }
        Ok(())
    }

    /// The process that holds the namespaces: ours by its command line, which no other process has.
    pub fn guard(&self) -> Option<u32> {
        let root = self.root.as_os_str().as_encoded_bytes();
        let script = self.script.as_os_str().as_encoded_bytes();
        processes().into_iter().find(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            words[0].ends_with(b"unshare") && words.contains(&root) && words.contains(&script)
        })
    }

    fn wait_until_well(&self) -> Result<()> {
        let seen = Instant::now();
        let settled = wait_for(START, || {
            let gone = self.guard().is_none() && seen.elapsed() > Duration::from_secs(2);
            gone || ping::answers(&self.socket())
        });
        if self.is_well() {
            return Ok(());
        }
        let what = if settled { "ended" } else { "does not answer" };
        bail!(
            "the engine's dockerd {what}; all of its log is in {}: {}",
            self.log.display(),
            self.last_words()
        )
    }

    fn last_words(&self) -> String {
        last_lines(&fs::read(&self.log).unwrap_or_default(), 12)
    }
}

/// The machine's resolv.conf; behind a local resolver that containers cannot reach, the one with the true servers.
fn name_servers() -> String {
    let own = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let behind = fs::read_to_string("/run/systemd/resolve/resolv.conf").ok();
    behind.filter(|_| own.contains("127.0.0.53")).unwrap_or(own)
}

fn settings(bridge: &str, store: Store) -> String {
    let settings = serde_json::json!({
        "features": {"containerd-snapshotter": store == Store::Containerd},
        "bridge": bridge,
        "iptables": false,
        "ip6tables": false,
        "shutdown-timeout": 5,
        "builder": {
            "gc": {"enabled": true, "defaultKeepStorage": "20GB"},
            "entitlements": {"network-host": true, "security-insecure": true},
        },
    });
    format!("{settings:#}\n")
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn child_of(parent: u32) -> Option<u32> {
    processes().into_iter().find(|pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let found = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        found.and_then(|pid| pid.trim().parse().ok()) == Some(parent)
    })
}

fn signal(name: &str, pid: u32) {
    // A process that has ended meanwhile is what was wanted.
    stdout_of(Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()])).ok();
}

/// Looks until a thing is true, or too much time has passed.
fn wait_for(limit: Duration, mut is_true: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if is_true() {
            return true;
        }
        std::thread::sleep(LOOK);
    }
    is_true()
}
