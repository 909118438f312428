//! `varve pin`: gives references to images, in any file, the digests of a lock or of what was just published.

mod reference;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use varve_spec::{Lock, Pinning, Sources, Span};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::Format;
use crate::load;
use reference::{Pin, stale};

/// Larger files are no texts with references.
const MAX_BYTES: u64 = 16 << 20;

/// Write the digests of image.lock into the image references of other files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files and folders; all files of a folder are updated
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing, and fail if a reference is stale
    #[arg(long)]
    check: bool,
    /// Also add a digest to references that have only a tag
    #[arg(long)]
    add: bool,
    /// Use the digests of another lock (can be given several times)
    #[arg(long, value_name = "FILE")]
    lock: Vec<String>,
    /// Use the digests of published images, from a --metadata-file of docker buildx build or bake (can be given several times)
    #[arg(long, value_name = "FILE")]
    metadata: Vec<String>,
    /// Use the digest of this reference, NAME:TAG@sha256:DIGEST (can be given several times)
    #[arg(long, value_name = "NAME:TAG@DIGEST", value_parser = image)]
    image: Vec<Pin>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

fn image(text: &str) -> Result<Pin, String> {
    Pin::parse(text).ok_or_else(|| "expected NAME:TAG@sha256:DIGEST".to_owned())
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let mut pins = args.image.clone();
    for path in &args.metadata {
        pins.extend(of_metadata(path)?);
    }
    let mut locks: Vec<&str> = args.lock.iter().map(String::as_str).collect();
    if pins.is_empty() && locks.is_empty() {
        locks.push("image.lock");
    }
    for path in &locks {
        let text = there(path)?;
        match Lock::read(path, &text) {
            Ok(lock) => pins.extend(of_lock(&lock)),
            Err(found) => return Err(Failure::Found(found, Sources::single(*path, text))),
        }
    }
    let mut paths = Vec::new();
    for path in &args.paths {
        add_files(path, &mut paths)?;
    }
    paths.sort();
    paths.dedup();
    let is_lock = |path: &Path| locks.iter().any(|lock| path.ends_with(lock));
    paths.retain(|path| !is_lock(path));

    let (mut references, mut changed) = (Vec::new(), 0);
    for path in &paths {
        let Some(text) = text(path)? else { continue };
        let found = stale(&text, &pins, args.add);
        if found.is_empty() {
            continue;
        }
        changed += 1;
        let sources = Sources::single(path.to_string_lossy(), text.as_str());
        let mut pinned = text.clone();
        for stale in &found {
            let start = u32::try_from(stale.end - stale.found.len()).unwrap_or(u32::MAX);
            let place = sources.locate(Span { start, end: start, ..Span::default() });
            references.push((place.to_string(), stale.found.to_string(), stale.pin.digest.clone()));
        }
        for stale in found.iter().rev() {
            pinned.replace_range(stale.at..stale.end, &format!("@{}", stale.pin.digest));
        }
        if !args.check {
            fs::write(path, pinned).map_err(|error| Failure::File(format!("{}: {error}", path.display())))?;
        }
    }
    let out = match args.format {
        Format::Json => {
            let list = references
                .iter()
                .map(|(place, found, digest)| json!({"place": place, "reference": found, "digest": digest}));
            let list: Vec<Value> = list.collect();
            let json = json!({"references": list, "written": !args.check, "files": paths.len()});
            format!("{json:#}\n")
        }
        Format::Text => references
            .iter()
            .map(|(place, found, digest)| format!("{place}: {found} -> {digest}\n"))
            .collect(),
    };
    let (count, done) = (references.len(), if args.check { "stale" } else { "pinned" });
    let err =
        format!("{} {done}, in {changed} of {}\n", counted(count, "reference"), counted(paths.len(), "file"));
    Ok(Answer { out: out.into(), err, code: u8::from(args.check && count > 0) })
}

/// The images of a lock. One that is not the same for every platform has no digest that a reference could have.
fn of_lock(lock: &Lock) -> Vec<Pin> {
    let images = lock.sections().remove("images").unwrap_or_default();
    let pins = images.into_iter().filter_map(|(reference, pinning)| match pinning {
        Pinning::One(digest) => Pin::of(reference, digest),
        Pinning::Each(_) => None,
    });
    pins.collect()
}

/// What `--metadata-file` of `docker buildx build` or `bake` tells of the images that were made.
fn of_metadata(path: &str) -> Result<Vec<Pin>, Failure> {
    let text = there(path)?;
    let json: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::File(format!("{path} is not the output of --metadata-file: {error}")))?;
    let targets = json.as_object().into_iter().flat_map(|targets| targets.values());
    let pins: Vec<Pin> = std::iter::once(&json).chain(targets).flat_map(of_image).collect();
    if pins.is_empty() {
        return Err(Failure::File(format!("{path} contains no image with a name and a digest")));
    }
    Ok(pins)
}

fn of_image(json: &Value) -> Vec<Pin> {
    let text = |key: &str| json.get(key).and_then(Value::as_str);
    let (Some(names), Some(digest)) = (text("image.name"), text("containerimage.digest")) else {
        return Vec::new();
    };
    names.split(',').filter_map(|name| Pin::of(name.trim(), digest)).collect()
}

fn there(path: &str) -> Result<String, Failure> {
    load::read(Path::new(path))?.ok_or_else(|| Failure::File(format!("there is no file {path}")))
}

/// A file, or all files of a folder but those that git keeps for itself. Links are not followed.
fn add_files(path: &Path, into: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::File(format!("{}: {error}", path.display()));
    let kind = fs::symlink_metadata(path).map_err(failed)?;
    if kind.is_file() {
        into.push(path.to_owned());
    } else if kind.is_dir() && path.file_name().is_none_or(|name| name != ".git") {
        for entry in fs::read_dir(path).map_err(failed)? {
            add_files(&entry.map_err(failed)?.path(), into)?;
        }
    }
    Ok(())
}

/// The text of a file; nothing when it has none.
fn text(path: &Path) -> Result<Option<String>, Failure> {
    let failed = |error: std::io::Error| Failure::File(format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
        return Ok(None);
    }
    Ok(String::from_utf8(fs::read(path).map_err(failed)?).ok())
}
