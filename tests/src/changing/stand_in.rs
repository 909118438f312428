//! What is put in the place of images and downloads that cannot be reached: images of a registry on this machine, in which package managers
//! only write down how they were called, and folders in place of the stages that only download.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::measured::Sources;
use crate::command::stdout_of;
use crate::digest::sha256;
use crate::engine::Engine;
use crate::registry::Registry;
use crate::site::Site;

/// A program that only says that it was called.
const TELLS: &str = include_str!("stand_in/tells");
const DOCKERFILE: &str = include_str!("stand_in/Dockerfile");

/// The images that stand in, as names of the registry with a tag.
pub(super) const IMAGES: [&str; 14] = [
    "base:1",
    "ubuntu:22.04",
    "ubuntu:24.04",
    "debian:12",
    "debian:13",
    "cuda:12.9.2-base-ubuntu24.04",
    "cuda:13.3.0-base-ubuntu26.04",
    "vllm:1",
    "uv:0.8.17",
    "uv:0.9.18",
    "jammy:1",
    "runner:1",
    "manylinux:1",
    "notebook:python-3.12",
];

/// A registry and a site, with all that stands in.
#[derive(Debug)]
pub struct StandIns<'e> {
    registry: Registry<'e>,
    site: Site,
    /// The digests of two versions of each image, by its whole name.
    pub digests: BTreeMap<String, [String; 2]>,
}

impl<'e> StandIns<'e> {
    /// Starts both, and fills them.
    pub fn start(engine: &'e Engine) -> Result<StandIns<'e>> {
        let registry = Registry::start(engine)?;
        let site = Site::new()?;
        let sources = tempfile::tempdir()?;
        fs::write(sources.path().join("one.txt"), "one\n")?;
        fs::write(sources.path().join("two.txt"), "two\n")?;
        site.add("sources", sources.path())?;
        let digests = images(engine, &registry.address)?;
        Ok(StandIns { registry, site, digests })
    }

    /// The name of an image that stands in.
    pub fn image(&self, name: &str) -> String {
        format!("{}/{name}", self.registry.address)
    }

    /// Where steps get what they need.
    pub fn sources(&self) -> Result<Sources> {
        let repository = self.site.path().join("sources/all.git");
        let commit = |branch: &str| -> Result<String> {
            let mut git = std::process::Command::new("git");
            Ok(stdout_of(git.arg("--git-dir").arg(&repository).args(["rev-parse", branch]))?
                .trim()
                .to_owned())
        };
        Ok(Sources {
            base: self.image("base:1"),
            site: self.site.address.clone(),
            commits: [commit("main")?, commit("next")?],
            digests: [sha256(b"one\n"), sha256(b"two\n")],
        })
    }

    /// The lock of a family: the first version of each image, and the commit of each branch.
    pub fn lock(&self) -> Result<String> {
        let Sources { site, commits, .. } = self.sources()?;
        let mut lock =
            format!("version: 1\ngit:\n  \"{site}/sources/all.git\":\n    main: {}\nimages:\n", commits[0]);
        for (name, digests) in &self.digests {
            lock += &format!("  \"{name}\": {}\n", digests[0]);
        }
        Ok(lock)
    }
}

/// Builds and pushes the images, each in two versions. Returns their digests.
fn images(engine: &Engine, registry: &str) -> Result<BTreeMap<String, [String; 2]>> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("Dockerfile"), DOCKERFILE)?;
    program(&folder.path().join("tells"), TELLS)?;
    let targets = IMAGES.iter().enumerate().flat_map(|(number, name)| {
        [1, 2].map(|version| {
            let target = json!({
                "context": folder.path(),
                "args": {"NAME": format!("{name} {version}")},
                "attest": ["type=provenance,disabled=true"],
                "output": [format!("type=image,push=true,name={registry}/{name}-{version}")],
            });
            (format!("image{number}-{version}"), target)
        })
    });
    let targets: BTreeMap<String, Value> = targets.collect();
    let made = bake(engine, folder.path(), &targets)?;
    let digest = |number: usize, version: usize| -> Result<String> {
        let digest = made[&format!("image{number}-{version}")]["containerimage.digest"].as_str();
        digest.map(str::to_owned).context("no digest of an image")
    };
    let all = IMAGES.iter().enumerate();
    all.map(|(number, name)| Ok((format!("{registry}/{name}"), [digest(number, 1)?, digest(number, 2)?])))
        .collect()
}

/// Runs `docker buildx bake` in a folder and returns the metadata of all targets.
pub(super) fn bake(engine: &Engine, folder: &Path, targets: &BTreeMap<String, Value>) -> Result<Value> {
    let made = tempfile::tempdir()?;
    let (file, metadata) = (made.path().join("bake.json"), made.path().join("metadata.json"));
    fs::write(&file, json!({"target": targets}).to_string())?;
    let mut command = engine.docker();
    command.current_dir(folder).env("BUILDX_METADATA_PROVENANCE", "disabled").args([
        "buildx",
        "bake",
        "--progress=plain",
    ]);
    // Contexts are anywhere on this machine.
    command.args(["--allow=fs.read=*", "--file"]).arg(&file).arg("--metadata-file").arg(&metadata);
    stdout_of(command.args(targets.keys()))?;
    Ok(serde_json::from_slice(&fs::read(&metadata)?)?)
}

/// A folder in place of a stage: a path that ends with `/` is a folder, one with `->` is a link, and any other is a program.
pub(super) fn folder(paths: &[&str]) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for path in paths {
        let (path, target) =
            path.split_once("->").map_or((*path, None), |(path, target)| (path, Some(target)));
        let place = folder.path().join(path);
        match (path.ends_with('/'), target) {
            (true, _) => fs::create_dir_all(&place)?,
            (_, target) => {
                fs::create_dir_all(place.parent().unwrap_or(folder.path()))?;
                match target {
                    Some(target) => std::os::unix::fs::symlink(target, &place)?,
                    None => program(&place, TELLS)?,
                }
            }
        }
    }
    Ok(folder)
}

fn program(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
}
