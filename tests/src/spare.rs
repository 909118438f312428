//! An engine beside the shared one, for tests that stop an engine, fill its disk, or need two engines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::command::stdout_of;
use crate::engine::daemon::Daemon;
use crate::engine::settings::Settings;

use crate::engine::{Engine, bases, frontend, own};
use crate::machine::{Machine, Store};
use crate::progress::say;

/// The cache folder of a separate engine, which shares only the finished root. Dropping this value stops the engine.
#[derive(Debug)]
pub struct Spare {
    shared: Machine,
    machine: Machine,
    cache: TempDir,
}

impl Spare {
    /// Makes the folder, without starting the engine. Prints the reason and returns `None` if no engine can be made.
    pub fn new() -> Result<Option<Spare>> {
        let suite = || Some(own::SUITE.to_owned());
        let shared = Machine { suite: suite(), store: Store::Containerd, ..Machine::read()? };
        if let Err(reason) = shared.can_make_engine() {
            say(&format!("not tested: {reason}"));
            return Ok(None);
        }
        Engine::up_bare(&shared)?;
        let finished = shared.cache.join("engines").join(own::SUITE).join("root");
        let cache = tempfile::tempdir_in(&shared.cache)?;
        let machine = Machine { cache: cache.path().to_owned(), docker_host: None, ..shared.clone() };
        let spare = Spare { shared, machine, cache };
        fs::create_dir_all(spare.folder())?;
        // Hard links instead of copies, since no file of a root is ever changed in place.
        stdout_of(Command::new("cp").arg("-al").arg(finished).arg(spare.folder()))?;
        Ok(Some(spare))
    }

    /// The cache folder.
    pub fn cache(&self) -> &Path {
        self.cache.path()
    }

    /// The folder of the engine.
    pub fn folder(&self) -> PathBuf {
        self.cache().join("engines").join(own::SUITE)
    }

    /// The daemon, which may be stopped.
    pub fn daemon(&self) -> Daemon {
        Daemon::in_folder(&self.folder())
    }

    /// Starts the engine without images.
    pub fn up_bare(&self) -> Result<Engine> {
        own::up_bare(&self.machine)
    }

    /// Starts the engine with the frontend and without base images.
    pub fn up(&self) -> Result<Engine> {
        let engine = self.up_bare()?;
        frontend::load(&engine, &self.shared, &frontend::Programs::build(&self.shared)?)?;
        Ok(engine)
    }

    /// Loads the base image `varve.test/debian:12`.
    pub fn load_base(&self, engine: &Engine) -> Result<()> {
        let (release, suite) = bases::RELEASES[0];
        let archive = bases::archive_of(&self.shared, &Settings::of(&self.shared), release, suite)?;
        bases::load(engine, release, &archive)
    }

    /// Kills all processes of the engine.
    pub fn kill(&self) -> Result<()> {
        let guard = self.daemon().guard();
        ensure!(guard.is_some(), "the engine does not run");
        let id = guard.unwrap_or_default().to_string();
        stdout_of(Command::new("sh").args(["-c", "kill -s KILL \"$1\"", "sh", &id]))?;
        while self.daemon().guard().is_some() {
            thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        own::down(&self.machine).ok();
    }
}
