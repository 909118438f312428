//! `varve pin`: pins references to images, in files of any kind, to the digests of a lock or of images that were just published.

mod reference;
mod texts;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use varve_spec::{Lock, Pinning, Sources, Span};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::Format;
use crate::built::{self, BuiltImage};
use crate::files;
use reference::{Pin, stale};
use texts::Skipped;

/// The number of skipped files that the text for people lists.
const MAX_SKIPPED: usize = 10;

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
        let text = files::text(Path::new(path))?;
        match Lock::read(path, &text) {
            Ok(lock) => pins.extend(of_lock(&lock)),
            Err(found) => return Err(Failure::Found(found, Sources::single(*path, text))),
        }
    }
    let is_lock = |path: &Path| locks.iter().any(|lock| path.ends_with(lock));
    let paths = texts::list(&args.paths, is_lock)?;

    let (mut references, mut skipped, mut changed) = (Vec::new(), Vec::new(), 0);
    for path in &paths {
        let text = match texts::read(path)? {
            Ok(text) => text,
            Err(because) => {
                skipped.push(Skipped { path: path.clone(), because });
                continue;
            }
        };
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
            files::replace(path, pinned.as_bytes())?;
        }
    }
    let out = match args.format {
        Format::Json => {
            let list = references
                .iter()
                .map(|(place, found, digest)| json!({"place": place, "reference": found, "digest": digest}));
            let list: Vec<Value> = list.collect();
            let left = skipped
                .iter()
                .map(|skipped| json!({"file": skipped.path.to_string_lossy(), "because": skipped.because}));
            let json = json!({
                "references": list,
                "written": !args.check,
                "files": paths.len() - skipped.len(),
                "skipped": left.collect::<Vec<_>>(),
            });
            format!("{json:#}\n")
        }
        Format::Text => references
            .iter()
            .map(|(place, found, digest)| format!("{place}: {found} -> {digest}\n"))
            .collect(),
    };
    let (count, done) = (references.len(), if args.check { "stale" } else { "pinned" });
    let files = counted(paths.len() - skipped.len(), "file");
    let err = format!(
        "{}{} {done}, in {changed} of {files}\n",
        skipped_text(&skipped),
        counted(count, "reference")
    );
    Ok(Answer { out: out.into(), err, code: u8::from(args.check && count > 0) })
}

/// Returns the images of a lock. An image with a digest for each platform is left out, because a reference can have only one
/// digest.
fn of_lock(lock: &Lock) -> Vec<Pin> {
    let images = lock.sections().remove("images").unwrap_or_default();
    let pins = images.into_iter().filter_map(|(reference, pinning)| match pinning {
        Pinning::One(digest) => Pin::of(reference, digest),
        Pinning::Each(_) => None,
    });
    pins.collect()
}

/// Reads the images from a file that `docker buildx build` or `bake` wrote with `--metadata-file`.
fn of_metadata(path: &str) -> Result<Vec<Pin>, Failure> {
    let images = built::read(path)?;
    let pins: Vec<Pin> = images.iter().flat_map(of_image).collect();
    if pins.is_empty() {
        return Err(Failure::File(format!("{path} contains no image with a name and a digest")));
    }
    Ok(pins)
}

fn of_image(image: &BuiltImage) -> Vec<Pin> {
    let digest = image.digest.as_deref().into_iter();
    digest.flat_map(|digest| image.names.iter().filter_map(move |name| Pin::of(name, digest))).collect()
}

/// Formats the files that were skipped, one line each.
fn skipped_text(skipped: &[Skipped]) -> String {
    let shown = skipped.iter().take(MAX_SKIPPED);
    let mut text: String = shown
        .map(|skipped| format!("{}: skipped, because it is {}\n", skipped.path.display(), skipped.because))
        .collect();
    if skipped.len() > MAX_SKIPPED {
        text += &format!(
            "{} more skipped; --format json lists them\n",
            counted(skipped.len() - MAX_SKIPPED, "file")
        );
    }
    text
}
