//! A build that is under way: read as it goes, interrupted, killed.

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

/// Longer than any machine needs for what is waited for.
const LONGEST: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A build that was started; it ends with this value at the latest.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _context: TempDir,
}

impl Running {
    /// Starts a build, with more options.
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

    /// Reads on until a line of its progress contains a text.
    pub fn until(&mut self, text: &str) -> Result<()> {
        while let Ok(line) = self.lines.recv_timeout(LONGEST) {
            self.seen.push(line);
            if self.seen.last().is_some_and(|last| last.contains(text)) {
                return Ok(());
            }
        }
        bail!("no line with {text}:\n{}", self.seen.join("\n"))
    }

    /// Sends it a signal, such as `INT` for Ctrl-C.
    pub fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.id().to_string();
        stdout_of(Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &id])).map(drop)
    }

    /// Its end, and all that it said.
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
        // Either fails where the build has ended, and then there is nothing to do.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The processes with a text in their environment, by id and command line. Those of an engine on this machine are seen too.
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

/// Looks until something is so; an error when it does not get so.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    while !is_so() {
        ensure!(start.elapsed() < LONGEST, "still not so: {what}");
        thread::sleep(LOOK);
    }
    Ok(())
}
