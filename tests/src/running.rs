//! A running build, to read its progress, to interrupt it or to kill it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::build::Build;
use crate::command::stdout_of;
use crate::engine::Engine;

/// The longest time to wait for an event.
const LONGEST: Duration = Duration::from_secs(120);
/// The time between two checks.
const LOOK: Duration = Duration::from_millis(20);

/// A running build. Dropping this value kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _context: TempDir,
}

impl Running {
    /// Starts a build with additional options.
    pub fn start(build: &Build, engine: &Engine, more: &[String]) -> Result<Running> {
        let mut flags = vec!["--progress=plain".to_owned()];
        flags.extend_from_slice(more);
        let (mut command, context) = build.command(engine, &flags)?;
        let (sender, lines) = channel();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().context("cannot start the build")?;
        let mut running = Running { child, lines, seen: Vec::new(), _context: context };
        let words = running.child.stderr.take().context("no standard error")?;
        thread::spawn(move || {
            BufReader::new(words).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(running)
    }

    /// Reads the progress until a line contains a text.
    pub fn until(&mut self, text: &str) -> Result<()> {
        while let Ok(line) = self.lines.recv_timeout(LONGEST) {
            self.seen.push(line);
            if self.seen.last().is_some_and(|last| last.contains(text)) {
                return Ok(());
            }
        }
        bail!("no line with {text}:\n{}", self.seen.join("\n"))
    }

    /// Sends a signal to the build, such as `INT` for Ctrl-C.
    pub fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.id().to_string();
        stdout_of(Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &id])).map(drop)
    }

    /// Waits for the end of the build. Returns its status and its output.
    pub fn end(mut self) -> Result<(ExitStatus, String)> {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            ensure!(start.elapsed() < LONGEST, "the build does not end:\n{}", self.seen.join("\n"));
            thread::sleep(LOOK);
        };
        self.seen.extend(self.lines.iter());
        Ok((status, self.seen.join("\n")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if the build has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The processes with a text in their environment: id and command line of each. Includes the processes of an engine on this machine.
pub fn processes(stamp: &str) -> Vec<String> {
    let read = |path: String| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let found = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter_map(|id| {
        let environment = read(format!("/proc/{id}/environ")).ok()?;
        let command = read(format!("/proc/{id}/cmdline")).ok()?;
        environment.contains(stamp).then(|| format!("{id} {command}"))
    });
    found.collect()
}

/// Waits until a condition holds. Fails after the longest time to wait.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_so() {
        ensure!(start.elapsed() < LONGEST, "waited too long until {what}");
        thread::sleep(LOOK);
    }
    Ok(())
}
