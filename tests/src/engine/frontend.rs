//! The frontend under test: the program of this workspace as a static binary, and its image.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::stdout_of;
use crate::digest::{sha256, sha256_of_file};
use crate::engine::Engine;
use crate::engine::images::{Recipe, ensure};
use crate::machine::Machine;

/// The image in the first line of every example.
pub const IMAGE: &str = "varve/frontend:dev";

/// Builds the static binary with the profile of the machine, unless it is up to date.
pub fn binary(machine: &Machine) -> Result<PathBuf> {
    binary_of(machine, &machine.profile)
}

/// Builds the static binary with this profile of Cargo.toml, unless it is up to date.
pub fn binary_of(machine: &Machine, profile: &str) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let flags = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase().replace('-', "_"));
    let mut command = Command::new(&machine.cargo);
    command
        .args([
            "build",
            "--quiet",
            "--profile",
            profile,
            "--package",
            "varve",
            "--bin",
            "varve",
            "--target",
            &target,
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(&machine.workspace)
        .env(flags, "-C target-feature=+crt-static -C relocation-model=static")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let messages = stdout_of(&mut command).context("the frontend does not build")?;
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executables.next_back().context("cargo built the frontend but reported no binary")
}

/// Builds the image of a binary, unless the engine has it.
pub fn load(engine: &Engine, machine: &Machine, binary: &std::path::Path) -> Result<()> {
    let dockerfile = dockerfile(machine)?;
    let recipe = Recipe {
        name: IMAGE.into(),
        inputs: format!("{} {}", sha256(dockerfile.as_bytes()), sha256_of_file(binary)?),
    };
    ensure(engine, &recipe, || {
        // The folder contains only the binary, under the name that the Dockerfile expects.
        let folder = tempfile::tempdir()?;
        fs::copy(binary, folder.path().join("varve"))?;
        let mut command = build(engine, machine);
        command.arg("--build-context").arg(format!("binary={}", folder.path().display())).arg(folder.path());
        stdout_of(&mut command).map(drop)
    })
}

/// Builds the image and compiles the binary in a Rust image, for a machine that cannot build binaries for the engine.
pub fn compile(engine: &Engine, machine: &Machine) -> Result<()> {
    stdout_of(build(engine, machine).arg(&machine.workspace)).map(drop)
}

fn build(engine: &Engine, machine: &Machine) -> Command {
    let mut command = engine.docker();
    command.args([
        "buildx",
        "build",
        "--progress=plain",
        "--provenance=false",
        "--load",
        "--tag",
        IMAGE,
        "--file",
    ]);
    command.arg(machine.workspace.join("Dockerfile.frontend"));
    command
}

fn dockerfile(machine: &Machine) -> Result<String> {
    let path = machine.workspace.join("Dockerfile.frontend");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) => bail!("cannot read {}: {error}", path.display()),
    }
}
