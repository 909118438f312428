//! Runs containers of built images.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, bail};

use crate::command::output_of;
use crate::engine::Engine;

/// An image in the engine's store under a unique tag. Dropping this value removes the tag.
#[derive(Debug)]
pub struct Loaded<'e> {
    engine: &'e Engine,
    /// The tag.
    pub tag: String,
}

/// The output and the exit code of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The exit code; -1 when a signal ended the client.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl<'e> Loaded<'e> {
    /// A tag that no other test has, without an image yet.
    pub(crate) fn new(engine: &'e Engine) -> Loaded<'e> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Loaded { engine, tag: format!("varve.test/run:{}-{number}", process::id()) }
    }

    /// Runs a container with these arguments. Without arguments it runs the image's own command.
    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        self.run_with(&[], arguments)
    }

    /// Runs a container with options of `docker run` before the image.
    pub fn run_with(&self, options: &[&str], arguments: &[&str]) -> Result<Ran> {
        let mut command = self.engine.docker();
        let output = output_of(command.args(["run", "--rm"]).args(options).arg(&self.tag).args(arguments))?;
        Ok(Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Ran {
    /// The standard output. Fails if the container failed.
    pub fn success(self) -> Result<String> {
        if self.code != 0 {
            bail!("the container ended with exit code {}: {}{}", self.code, self.stdout, self.stderr);
        }
        Ok(self.stdout)
    }
}

impl Drop for Loaded<'_> {
    fn drop(&mut self) {
        output_of(self.engine.docker().args(["image", "rm", "--force", &self.tag])).ok();
    }
}
