//! The daemon of an engine that the harness made: dockerd in a root, with its own mount and process namespaces.
//!
//! The harness stores no state about it. Whether it runs is read from the process table, where the first process has the engine's root
//! among its arguments. So there is no pid file that could be stale. The kernel removes all mounts and processes of the namespaces when
//! that process ends.

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

/// The longest time for a daemon to start.
const START: Duration = Duration::from_secs(90);
/// The longest time for a daemon to stop.
const STOP: Duration = Duration::from_secs(20);
/// The time between two checks of a condition.
const LOOK: Duration = Duration::from_millis(50);
/// The path of dockerd's configuration file.
const SETTINGS: &str = "etc/docker/daemon.json";
/// Starts a command without the files that this process inherited. Among them can be a lock, which the daemon would hold for ever.
const CLOSE_FILES: &str = r#"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec "$0" "$@""#;
/// The longest path of a Unix socket.
const SOCKET_PATH: usize = 107;

/// The files of an engine's daemon.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// The Debian root with dockerd.
    pub root: PathBuf,
    data: PathBuf,
    log: PathBuf,
    script: PathBuf,
    store: Store,
}

impl Daemon {
    /// The daemon whose root, data and log are in this folder, with containerd as its image store.
    pub fn in_folder(folder: &Path) -> Daemon {
        Daemon {
            root: folder.join("root"),
            data: folder.join("data"),
            log: folder.join("dockerd.log"),
            script: folder.join("start.sh"),
            store: Store::Containerd,
        }
    }

    /// Sets the image store, from the next start on.
    pub fn with_store(self, store: Store) -> Daemon {
        Daemon { store, ..self }
    }

    /// The path of its socket on the machine.
    pub fn socket(&self) -> PathBuf {
        self.root.join("run/docker.sock")
    }

    /// Whether it runs and answers.
    pub fn is_well(&self) -> bool {
        self.guard().is_some() && ping::answers(&self.socket())
    }

    /// Whether it was started with the current settings.
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
        // No daemon runs here. Sockets, pid files and state of an earlier one would mislead the new one.
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
        let mut command = Command::new("sh");
        command
            .args(["-c", CLOSE_FILES, "setsid"])
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
        // As the leader of a process group, setsid forks: this child ends at once, and the daemon is no child of this process.
        let status = command.status().context("cannot start setsid")?;
        if !status.success() {
            bail!("setsid failed ({status}): {}", self.last_words());
        }
        self.wait_until_well()
    }

    /// Stops it and all its processes, and removes its bridge.
    pub fn stop(&self) -> Result<()> {
        if let Some(guard) = self.guard() {
            if let Some(first) = child_of(guard) {
                signal("TERM", first);
            }
            if !wait_for(STOP, || self.guard().is_none()) {
                // When the guard ends, the kernel ends the first process, and with it the whole process namespace.
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

    /// The process that holds the namespaces, found by its unique command line.
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
        bail!("the engine's dockerd {what}; its log is in {}: {}", self.log.display(), self.last_words())
    }

    fn last_words(&self) -> String {
        last_lines(&fs::read(&self.log).unwrap_or_default(), 12)
    }
}

/// The machine's resolv.conf. If that names a local resolver, which containers cannot reach, the one with the actual servers.
pub fn name_servers() -> String {
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
    // The process may have ended already.
    stdout_of(Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()])).ok();
}

/// Waits until a condition holds. Returns whether it did in time.
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
