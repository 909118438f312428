//! An image registry on the loopback address, which an engine on this machine reaches without certificates.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::command::{output_of, stdout_of};
use crate::engine::Engine;
use crate::running::wait_until;

/// The registry as an image, for an engine without the program.
const IMAGE: &str = "registry:2";

/// A registry that runs until this value is dropped.
#[derive(Debug)]
pub struct Registry<'e> {
    /// `127.0.0.1:PORT`.
    pub address: String,
    kind: Kind<'e>,
}

#[derive(Debug)]
enum Kind<'e> {
    /// The program in the root of an engine that the harness made, with its data folder.
    Program(Child, #[expect(dead_code, reason = "the folder goes away with it")] TempDir),
    /// A container, with its id.
    Container(&'e Engine, String),
}

impl<'e> Registry<'e> {
    /// Starts an empty registry.
    pub fn start(engine: &'e Engine) -> Result<Registry<'e>> {
        let root = engine.folder.join("root");
        let registry = if root.join("usr/bin/docker-registry").exists() {
            Self::program(&root)?
        } else {
            Self::container(engine)?
        };
        wait_until("the registry listens", || TcpStream::connect(&registry.address).is_ok())?;
        Ok(registry)
    }

    /// Pushes a local image of an engine under a name, such as `debian:12`. Returns its reference, which the engine does not keep.
    pub fn push(&self, engine: &Engine, image: &str, name: &str) -> Result<String> {
        let reference = format!("{}/{name}", self.address);
        for words in
            [&["tag", image, &reference][..], &["push", "--quiet", &reference], &["image", "rm", &reference]]
        {
            stdout_of(engine.docker().args(words))?;
        }
        Ok(reference)
    }

    fn program(root: &Path) -> Result<Registry<'e>> {
        let folder = tempfile::tempdir_in(root.join("tmp"))?;
        let inside = Path::new("/tmp").join(folder.path().file_name().unwrap_or_default());
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let settings = serde_json::json!({
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": inside.join("data")}},
            "http": {"addr": address},
        });
        // JSON is YAML.
        fs::write(folder.path().join("settings.yml"), settings.to_string())?;
        let mut command = Command::new("chroot");
        command.arg(root).args(["docker-registry", "serve"]).arg(inside.join("settings.yml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("cannot start docker-registry")?;
        Ok(Registry { address, kind: Kind::Program(child, folder) })
    }

    fn container(engine: &'e Engine) -> Result<Registry<'e>> {
        let run = ["run", "--detach", "--rm", "--publish=127.0.0.1::5000", IMAGE];
        let id = stdout_of(engine.docker().args(run))?.trim().to_owned();
        let port = stdout_of(engine.docker().args(["port", &id, "5000/tcp"]))?;
        let address = port.lines().next().unwrap_or_default().trim().to_owned();
        Ok(Registry { address, kind: Kind::Container(engine, id) })
    }
}

impl Drop for Registry<'_> {
    fn drop(&mut self) {
        // It may have ended already.
        match &mut self.kind {
            Kind::Program(child, _) => {
                child.kill().ok();
                child.wait().ok();
            }
            Kind::Container(engine, id) => {
                output_of(engine.docker().args(["rm", "--force", id])).ok();
            }
        }
    }
}
