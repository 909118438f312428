//! The base images of tests and examples.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::stdout_of;
use crate::digest::sha256;
use crate::engine::images::{Recipe, ensure};
use crate::engine::settings::{Settings, write};
use crate::engine::{Engine, archive, debootstrap, mounts};
use crate::machine::Machine;
use crate::progress::timed;

/// The Debian releases with base images: number and code name.
pub const RELEASES: [(u8, &str); 2] = [(12, "bookworm"), (13, "trixie")];

/// The apt settings of Debian's own images, so that steps behave as on those images.
const APT_LIKE_DEBIAN_IMAGES: &str = r#"DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"#;
const APT_NO_TRANSLATIONS: &str = "Acquire::Languages \"none\";\nAcquire::GzipIndexes \"true\";\n";

/// The name of the base image of a Debian release.
pub fn debian(release: u8) -> String {
    format!("varve.test/debian:{release}")
}

/// The name of the base image of a Debian release with Python, venv and pip.
pub fn python(release: u8) -> String {
    format!("varve.test/python:{release}")
}

/// The path of the archive of a Debian base image, which may not exist yet.
pub fn archive_path(machine: &Machine, settings: &Settings, release: u8) -> PathBuf {
    let inputs = format!("{settings:?}\n{APT_LIKE_DEBIAN_IMAGES}\n{APT_NO_TRANSLATIONS}\n1");
    let key = &sha256(inputs.as_bytes())[..12];
    machine.cache.join("bases").join(format!("debian-{release}-{}-{key}.tar", machine.arch))
}

/// The archive of a Debian base image, for any engine. Makes the archive if it does not exist.
pub fn archive_of(machine: &Machine, settings: &Settings, release: u8, suite: &str) -> Result<PathBuf> {
    let folder = machine.cache.join("bases");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let archive = archive_path(machine, settings, release);
    if archive.exists() {
        return Ok(archive);
    }
    timed(&format!("making the base image {}", debian(release)), || {
        let root = folder.join(format!("{suite}.half"));
        let log = folder.join(format!("{suite}.log"));
        debootstrap::make(machine, settings, suite, &["ca-certificates"], &root, &log)?;
        write(&root, "/etc/apt/apt.conf.d/docker-clean", APT_LIKE_DEBIAN_IMAGES)?;
        write(&root, "/etc/apt/apt.conf.d/docker-no-languages", APT_NO_TRANSLATIONS)?;
        archive::pack(&root, &debian(release), machine.arch, &archive)?;
        mounts::remove_tree(&root)
    })?;
    Ok(archive)
}

/// Loads a Debian base image from its archive, unless the engine has the same image already.
pub fn load(engine: &Engine, release: u8, archive: &std::path::Path) -> Result<()> {
    let recipe = Recipe { name: debian(release), inputs: archive.display().to_string() };
    ensure(engine, &recipe, || {
        let mut command = engine.docker();
        command.arg("load").arg("--input").arg(archive);
        stdout_of(&mut command).map(drop)
    })
}

/// Builds a Debian base image from the public image of the release, for a Docker that reaches a registry.
pub fn pull(engine: &Engine, settings: &Settings, release: u8) -> Result<()> {
    let text = format!(
        "FROM debian:{release}\n\
         RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*\n\
         COPY root /\nRUN update-ca-certificates\nCMD [\"bash\"]\n"
    );
    let recipe = Recipe { name: debian(release), inputs: format!("{text}\n{settings:?}") };
    ensure(engine, &recipe, || {
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("root");
        fs::create_dir_all(&root)?;
        settings.write_into(&root)?;
        build(engine, &recipe.name, &text, folder.path())
    })
}

/// Builds the base image with Python from the one without.
pub fn add_python(engine: &Engine, release: u8) -> Result<()> {
    let text = format!("FROM {}\n{}", debian(release), apt_install("python3 python3-venv python3-pip"));
    let base = engine.image_id(&debian(release)).context("the Debian base is missing")?;
    let recipe = Recipe { name: python(release), inputs: format!("{text}\n{base}") };
    ensure(engine, &recipe, || {
        let folder = tempfile::tempdir()?;
        build(engine, &recipe.name, &text, folder.path())
    })
}

/// The Dockerfile instruction that installs packages. It retries by itself: while a download waits for a retry of apt 3.0 and others are
/// slow, apt writes warnings ("Tried to start delayed item") until memory is full.
pub fn apt_install(packages: &str) -> String {
    format!(
        "RUN tries=3; set -- -q -y -o Acquire::Retries=0; \\\n\
         until apt-get \"$@\" update && apt-get \"$@\" install --no-install-recommends {packages}; do \\\n\
           tries=$((tries - 1)); [ $tries != 0 ] || exit 1; sleep 5; \\\n\
         done; \\\n\
         rm -rf /var/lib/apt/lists/*\n"
    )
}

fn build(engine: &Engine, name: &str, dockerfile: &str, context: &std::path::Path) -> Result<()> {
    let file = context.join("Dockerfile");
    fs::write(&file, dockerfile)?;
    let mut command: Command = engine.docker();
    command.args(["buildx", "build", "--progress=plain", "--provenance=false", "--load", "--tag", name]);
    stdout_of(command.arg(context)).map(drop)
}
