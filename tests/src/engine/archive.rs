//! Packs a root folder into an image archive. Every engine that loads the archive gets the same image, byte for byte.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::command::stdout_of;
use crate::digest::sha256;

/// Packs a root into an archive for `docker load`, under this name.
pub fn pack(root: &Path, name: &str, arch: &str, archive: &Path) -> Result<()> {
    let folder = tempfile::tempdir_in(archive.parent().unwrap_or(Path::new("/")))?;
    let blobs = folder.path().join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let layer = folder.path().join("layer");
    stdout_of(
        Command::new("tar")
            .args(["--create", "--sort=name", "--numeric-owner", "--xattrs", "--format=pax"])
            .args(["--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./run/*"])
            .arg("--file")
            .arg(&layer)
            .arg("--directory")
            .arg(root)
            .arg("."),
    )?;
    // The program is several times faster than Rust code in a debug build.
    let sum = stdout_of(Command::new("sha256sum").arg(&layer))?;
    let layer_digest = sum.split_whitespace().next().context("sha256sum printed nothing")?.to_owned();
    let layer_size = layer.metadata()?.len();
    fs::rename(&layer, blobs.join(&layer_digest))?;

    let config = add(&blobs, &config(arch, &layer_digest))?;
    let manifest = add(
        &blobs,
        &json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config.0, "size": config.1},
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": format!("sha256:{layer_digest}"),
                "size": layer_size,
            }],
        }),
    )?;
    let tag = name.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": manifest.0,
            "size": manifest.1,
            "platform": {"architecture": arch, "os": "linux"},
            "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag},
        }],
    });
    // Older image stores read this file.
    let listing = json!([{
        "Config": format!("blobs/{}", config.0.replace(':', "/")),
        "RepoTags": [name],
        "Layers": [format!("blobs/sha256/{layer_digest}")],
    }]);
    fs::write(folder.path().join("index.json"), index.to_string())?;
    fs::write(folder.path().join("manifest.json"), listing.to_string())?;
    fs::write(folder.path().join("oci-layout"), json!({"imageLayoutVersion": "1.0.0"}).to_string())?;

    let half = archive.with_extension("half");
    let mut tar = tar::Builder::new(File::create(&half)?);
    tar.append_dir_all(".", folder.path())?;
    tar.into_inner()?;
    fs::rename(&half, archive).with_context(|| format!("cannot write {}", archive.display()))
}

/// Adds a JSON blob. Returns its digest and its size.
fn add(blobs: &Path, value: &Value) -> Result<(String, usize)> {
    let text = value.to_string();
    let digest = sha256(text.as_bytes());
    fs::write(blobs.join(&digest), &text)?;
    Ok((format!("sha256:{digest}"), text.len()))
}

fn config(arch: &str, layer_digest: &str) -> Value {
    json!({
        "architecture": arch,
        "os": "linux",
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["bash"],
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer_digest}")]},
        "history": [{"created_by": "debootstrap"}],
    })
}
