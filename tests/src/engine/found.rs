//! The running Docker of the machine.

use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{stdout_of, succeeds};
use crate::engine::settings::Settings;
use crate::engine::{Engine, bases, frontend};
use crate::machine::{Machine, Store};

/// The running Docker, if it has buildx. `None` for an engine of the harness, and if a suite or a store is selected.
pub fn find(machine: &Machine) -> Result<Option<Engine>> {
    let own = format!("unix://{}/", machine.cache.display());
    let is_own = machine.docker_host.as_ref().is_some_and(|host| host.starts_with(&own));
    if is_own || machine.suite.is_some() || machine.store == Store::GraphDriver {
        return Ok(None);
    }
    let docker = || Command::new("docker");
    if !succeeds(docker().args(["version", "--format", "{{.Server.Version}}"])) {
        return Ok(None);
    }
    if !succeeds(docker().args(["buildx", "version"])) {
        return Ok(None);
    }
    let context = stdout_of(docker().args(["context", "show"]))?;
    // The daemon's own builder. No other builder sees the images in the daemon's store.
    let mut variables = vec![("BUILDX_BUILDER".to_owned(), context.trim().to_owned())];
    variables.extend(machine.docker_host.clone().map(|host| ("DOCKER_HOST".to_owned(), host)));
    let folder = machine.cache.join("engines/docker");
    Ok(Some(Engine { name: "docker".into(), folder, variables, program: "docker".into() }))
}

/// Adds the base images and the frontend.
pub fn complete(engine: Engine, machine: &Machine) -> Result<Engine> {
    let settings = Settings::of(machine);
    for (release, suite) in bases::RELEASES {
        let archive = bases::archive_path(machine, &settings, release);
        if archive.exists() {
            bases::load(&engine, release, &archive)?;
        } else if let Err(error) = bases::pull(&engine, &settings, release) {
            // The registry is out of reach, but a Debian mirror may be in reach.
            machine.can_make_engine().with_context(|| format!("no base image: {error:#}"))?;
            bases::load(&engine, release, &bases::archive_of(machine, &settings, release, suite)?)?;
        }
        bases::add_python(&engine, release)?;
    }
    if cfg!(target_os = "linux") {
        frontend::load(&engine, machine, &frontend::Programs::build(machine)?)?;
    } else {
        frontend::compile(&engine, machine)?;
    }
    Ok(engine)
}
