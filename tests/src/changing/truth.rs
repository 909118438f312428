//! What a build of the members gives, in a form in which equal images are equal.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::family::{Family, Member};
use super::stand_in::bake;
use crate::digest::sha256;
use crate::engine::Engine;

/// Where containerd keeps blobs, below the folder of an engine.
const BLOBS: &str = "data/containerd/daemon/io.containerd.content.v1.content/blobs/sha256";

/// The image of each member on each platform: the digest of its manifest, with labels and annotations without the commit.
pub type Truth = BTreeMap<(usize, &'static str), String>;

/// Whether the images of an engine can be read: those of an engine that the harness made, with the store of containerd.
pub fn is_readable(engine: &Engine) -> bool {
    engine.folder.join(BLOBS).is_dir()
}

/// Builds members of a family, which its repository has in a folder. `commit` is the commit that is checked out there.
pub fn build(
    engine: &Engine,
    family: &Family,
    members: &[usize],
    folder: &Path,
    commit: &str,
) -> Result<Truth> {
    let member = |number: usize| (target_name(number), target(family, number, &family.members[number]));
    let targets: BTreeMap<String, Value> = members.iter().map(|number| member(*number)).collect();
    if targets.is_empty() {
        return Ok(Truth::new());
    }
    let made = bake(engine, folder, &targets)?;
    let blobs = engine.folder.join(BLOBS);
    let mut truth = Truth::new();
    for number in members {
        let digest = made[target_name(*number)]["containerimage.digest"].as_str().context("no digest")?;
        for (platform, manifest) in manifests(&blobs, digest, &family.members[*number])? {
            truth.insert((*number, platform), without_commit(&blobs, manifest, commit)?);
        }
    }
    Ok(truth)
}

fn target_name(number: usize) -> String {
    format!("member{number}")
}

/// The member as a target of bake.
fn target(family: &Family, number: usize, member: &Member) -> Value {
    let mut args: BTreeMap<String, String> = member.axes.clone();
    if !member.checks {
        args.insert("VARVE_CHECKS".to_owned(), "off".to_owned());
    }
    let contexts = family.contexts.iter().map(|(stage, folder)| (*stage, folder.path()));
    json!({
        "context": ".",
        "dockerfile": "image.yaml",
        "target": member.target,
        "args": args,
        "contexts": contexts.collect::<BTreeMap<_, _>>(),
        "platforms": member.platforms,
        "attest": ["type=provenance,disabled=true"],
        // Nothing runs the image. The daemon unpacks by default, and can fail if it unpacks images with equal layers at the same time.
        "output": [format!("type=image,unpack=false,name=varve.test/changed-{}-{number}:1", family.name)],
    })
}

/// The manifest for each platform.
fn manifests(blobs: &Path, digest: &str, member: &Member) -> Result<Vec<(&'static str, Value)>> {
    let root = blob(blobs, digest)?;
    let Some(list) = root["manifests"].as_array() else { return Ok(vec![(member.platforms[0], root)]) };
    let mut found = Vec::new();
    for descriptor in list {
        let word = |key: &str| descriptor["platform"][key].as_str().unwrap_or_default();
        let name = format!("{}/{}", word("os"), word("architecture"));
        let platform = member.platforms.iter().find(|platform| **platform == name).context(name)?;
        found.push((*platform, blob(blobs, descriptor["digest"].as_str().unwrap_or_default())?));
    }
    Ok(found)
}

/// The digest of a manifest whose labels and annotations do not have the commit.
fn without_commit(blobs: &Path, mut manifest: Value, commit: &str) -> Result<String> {
    let mut config = blob(blobs, manifest["config"]["digest"].as_str().unwrap_or_default())?;
    let short = &commit[..7];
    let clean = |map: &mut Value| {
        if let Some(map) = map.as_object_mut() {
            map.retain(|_, value| !value.as_str().is_some_and(|value| value.contains(short)));
        }
    };
    clean(&mut config["config"]["Labels"]);
    clean(&mut manifest["annotations"]);
    manifest["config"] = config;
    Ok(sha256(manifest.to_string().as_bytes()))
}

fn blob(blobs: &Path, digest: &str) -> Result<Value> {
    let path = blobs.join(digest.trim_start_matches("sha256:"));
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}
