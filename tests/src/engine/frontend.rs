//! The frontend under test: the programs of this workspace as static binaries, and their image.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::stdout_of;
use crate::digest::{sha256, sha256_of_file};
use crate::engine::images::{Recipe, ensure};
use crate::engine::{Engine, cross};
use crate::machine::Machine;

/// The image in the first line of every example.
pub const IMAGE: &str = "varve/frontend:dev";

/// The programs of the frontend image, as static binaries.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `varve-frontend`, which the image starts.
    pub frontend: PathBuf,
    /// `varve-rootfs`, which runs inside of builds.
    pub rootfs: PathBuf,
}

impl Programs {
    /// Compiles the programs with the profile of the machine, unless they are up to date.
    ///
    /// # Errors
    /// Returns an error if cargo fails.
    pub fn build(machine: &Machine) -> Result<Self> {
        Self::build_with(machine, &machine.profile)
    }

    /// Compiles the programs with this profile of Cargo.toml, unless they are up to date.
    ///
    /// # Errors
    /// Returns an error if cargo fails.
    pub fn build_with(machine: &Machine, profile: &str) -> Result<Self> {
        let names = ["varve-frontend", "varve-rootfs"];
        let [frontend, rootfs] = executables(machine, profile, names)?;
        Ok(Self { frontend, rootfs })
    }

    /// Copies the programs into a folder, under their names in the image.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or written.
    pub fn copy_to(&self, folder: &Path) -> Result<()> {
        for (program, name) in [(&self.frontend, "varve-frontend"), (&self.rootfs, "varve-rootfs")] {
            fs::copy(program, folder.join(name)).with_context(|| program.display().to_string())?;
        }
        Ok(())
    }
}

/// Compiles the command `varve` as a static binary, unless it is up to date.
///
/// # Errors
/// Returns an error if cargo fails.
pub fn command(machine: &Machine) -> Result<PathBuf> {
    command_with(machine, &machine.profile)
}

/// Compiles the programs of both images for a platform such as `linux/arm64`, with this profile of Cargo.toml. Writes them into a
/// folder, which can be a named context of Dockerfile.frontend.
///
/// # Errors
/// Returns an error if this machine does not support the platform, or if cargo fails.
pub fn write_programs(machine: &Machine, platform: &str, profile: &str, folder: &Path) -> Result<()> {
    let own = format!("linux/{}", machine.arch);
    if platform != own {
        cross::can_compile(machine, platform)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if platform != own {
        return cross::compile(machine, platform, profile, folder);
    }
    Programs::build_with(machine, profile)?.copy_to(folder)?;
    let command = command_with(machine, profile)?;
    fs::copy(&command, folder.join("varve")).with_context(|| command.display().to_string()).map(drop)
}

fn command_with(machine: &Machine, profile: &str) -> Result<PathBuf> {
    let [command] = executables(machine, profile, ["varve"])?;
    Ok(command)
}

/// The folders that contain the sources of the crates of registries.
fn registries(machine: &Machine) -> Result<BTreeSet<PathBuf>> {
    let mut command = Command::new(&machine.cargo);
    command.args(["metadata", "--format-version", "1", "--locked"]).current_dir(&machine.workspace);
    let metadata: serde_json::Value = serde_json::from_str(&stdout_of(&mut command)?)?;
    let packages = metadata["packages"].as_array().context("no packages")?.iter();
    let of_registries = packages.filter(|package| package["source"].as_str().is_some());
    let manifests = of_registries.filter_map(|package| package["manifest_path"].as_str());
    let folders = manifests.filter_map(|manifest| Path::new(manifest).parent()?.parent());
    // Cargo separates flags by blanks.
    Ok(folders.filter(|folder| !folder.to_string_lossy().contains(' ')).map(Path::to_owned).collect())
}

/// Compiles static binaries. Returns their paths in the order of their names.
fn executables<const N: usize>(machine: &Machine, profile: &str, names: [&str; N]) -> Result<[PathBuf; N]> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let name_of_flags = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase().replace('-', "_"));
    let mut flags = "-C target-feature=+crt-static -C relocation-model=static".to_owned();
    // Messages of panics contain paths of sources. The same ones on every machine give the same program.
    for folder in registries(machine)? {
        flags += &format!(" --remap-path-prefix={}=/crates", folder.display());
    }
    let mut command = Command::new(&machine.cargo);
    command.args(["build", "--quiet", "--profile", profile, "--target", &target]);
    for name in names {
        command.args(["--package", if name == "varve" { "varve-cli" } else { name }, "--bin", name]);
    }
    command
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(&machine.workspace)
        .env(name_of_flags, flags)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let messages = stdout_of(&mut command).context("the programs do not compile")?;
    let executables: Vec<PathBuf> = messages
        .lines()
        .filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(PathBuf::from(message.get("executable")?.as_str()?))
        })
        .collect();
    let mut found = Vec::new();
    for name in names {
        let path = executables.iter().find(|path| path.file_name().is_some_and(|file| file == name));
        found.push(path.with_context(|| format!("cargo compiled {name} but reported no binary"))?.clone());
    }
    found.try_into().map_err(|_| anyhow::anyhow!("cargo reported too few binaries"))
}

/// Builds the frontend image of these programs, unless the engine has it.
pub fn load(engine: &Engine, machine: &Machine, programs: &Programs) -> Result<()> {
    let dockerfile = dockerfile(machine)?;
    let digests = [sha256_of_file(&programs.frontend)?, sha256_of_file(&programs.rootfs)?];
    let recipe = Recipe {
        name: IMAGE.into(),
        inputs: format!("{} {}", sha256(dockerfile.as_bytes()), digests.join(" ")),
    };
    ensure(engine, &recipe, || {
        // The folder contains only the programs, under the names that the Dockerfile expects.
        let folder = tempfile::tempdir()?;
        programs.copy_to(folder.path())?;
        let mut command = build(engine, machine);
        // Older versions of BuildKit also resolve the base of a replaced stage. The folder replaces it, so that no registry is asked.
        for name in ["programs", "rust:1-bookworm"] {
            command.arg("--build-context").arg(format!("{name}={}", folder.path().display()));
        }
        command.arg(folder.path());
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
