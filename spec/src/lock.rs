//! The lock: the digests and commits of the images, branches and downloads of a family when the lock was written. It is a file
//! beside the build file.

mod external;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::Platform;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::sorted::{map_of, set_of};
use crate::base::source::Span;
use crate::plan::{FetchMut, Plan};

pub use external::{External, Externals};

/// A lock: the digests and commits that references of images, branches and downloads are pinned to.
///
/// ```
/// use varve_spec::{ImageName, Lock, Platform};
///
/// let text = "version: 1\nimages:\n  \"debian:12\": sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
/// let lock = Lock::read("image.lock", text).expect("a lock");
/// let digest = lock.image(&ImageName::new("debian:12"), &Platform::new("linux", "arm64"));
/// assert!(digest.is_some_and(|digest| digest.starts_with("sha256:0123")));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// The file name of the lock.
    name: String,
    /// An image without a platform has the same digest for all platforms.
    pins: BTreeMap<External, Pin>,
}

/// The pins of one name in a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pinning<'l> {
    /// One digest.
    One(&'l str),
    /// A digest or commit for each platform, branch or tag.
    Each(BTreeMap<String, &'l str>),
}

/// The pin of one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    /// `sha256:...` for an image or a download, the full hash for a commit.
    digest: String,
    /// The place of the pin in the lock.
    span: Span,
}

impl Lock {
    /// Makes a lock of resolved references. If an image has the same digest for all its platforms, the pin has no platform.
    pub fn new(name: &str, found: impl IntoIterator<Item = (External, String)>) -> Self {
        let mut pins: BTreeMap<External, Pin> = BTreeMap::new();
        let mut images: BTreeMap<ImageName, Vec<(Platform, String)>> = BTreeMap::new();
        let mut add = |external, digest| drop(pins.insert(external, Pin { digest, span: Span::default() }));
        for (external, digest) in found {
            match external {
                External::Image { reference, platform: Some(platform) } => {
                    images.entry(reference).or_default().push((platform, digest));
                }
                other => add(other, digest),
            }
        }
        for (reference, found) in images {
            if found.windows(2).all(|two| two[0].1 == two[1].1) {
                let digest = found.into_iter().next().map(|(_, digest)| digest).unwrap_or_default();
                add(External::Image { reference, platform: None }, digest);
                continue;
            }
            for (platform, digest) in found {
                add(External::Image { reference: reference.clone(), platform: Some(platform) }, digest);
            }
        }
        Self { name: name.to_owned(), pins }
    }

    /// The digest of an image for a platform. The lock can have an entry for that platform, for the platform without the version of its
    /// operating system, or for all platforms. `None` if it has none of them.
    pub fn image(&self, reference: &ImageName, platform: &Platform) -> Option<&str> {
        let platforms = [Some(platform.clone()), Some(platform.without_os_version()), None];
        let pin = platforms
            .into_iter()
            .find_map(|platform| self.pins.get(&External::Image { reference: reference.clone(), platform }));
        Some(&pin?.digest)
    }

    /// The digest or commit of a reference. `None` if the lock has no entry for it.
    pub fn digest(&self, external: &External) -> Option<&str> {
        match external {
            External::Image { reference, platform: Some(platform) } => self.image(reference, platform),
            other => self.pins.get(other).map(|pin| pin.digest.as_str()),
        }
    }

    /// Makes a lock in which the names of some references have other pins: those of `found`. All other names keep theirs.
    pub fn with(&self, found: impl IntoIterator<Item = (External, String)>) -> Self {
        let found = Self::new(&self.name, found);
        let names: BTreeSet<External> = set_of(found.pins.keys().map(External::without_platform));
        let kept = self.pins.iter().filter(|(external, _)| !names.contains(&external.without_platform()));
        let kept = kept.map(|(external, pin)| (external.clone(), pin.clone()));
        let pins = map_of(kept.chain(found.pins.clone()));
        Self { name: self.name.clone(), pins }
    }

    /// The digests of all images for a platform, by the familiar form of the reference.
    pub fn digests(&self, platform: &Platform) -> BTreeMap<String, String> {
        let references = self.pins.keys().filter_map(|external| match external {
            External::Image { reference, .. } => Some(reference),
            External::Git { .. } | External::Download { .. } => None,
        });
        let digest = |reference: &ImageName| {
            Some((reference.context().to_owned(), self.image(reference, platform)?.to_owned()))
        };
        map_of(references.filter_map(digest))
    }

    /// Pins the commits and downloads in a plan. Returns a warning for each that has no pin.
    pub fn pin(&self, plan: &mut Plan) -> Vec<Diagnostic> {
        let mut stale = Vec::new();
        plan.each_fetch_mut(&mut |fetch, span| {
            let external = match &fetch {
                FetchMut::Git(git) => External::of_git(git),
                FetchMut::Download(download) => External::of_download(download),
            };
            let Some(external) = external else { return };
            let Some(pin) = self.pins.get(&external) else {
                stale.push(self.missing(&external, span));
                return;
            };
            match fetch {
                FetchMut::Git(git) => {
                    git.reference = Some(pin.digest.clone());
                    git.commit = Some(pin.digest.clone());
                }
                FetchMut::Download(download) => {
                    download.sha256 = Some(pin.digest.trim_start_matches("sha256:").to_owned());
                }
            }
        });
        stale
    }

    /// The warning about a reference without a pin.
    pub fn missing(&self, external: &External, span: Span) -> Diagnostic {
        let message = format!("{} has no entry for {external}", self.name);
        let found = Diagnostic::warning(Code::StaleLock, span, message);
        found.label("varve uses its current version").help(self.help())
    }

    /// Compares the lock with the references of a family. Returns warnings about references without a pin, with places in the build
    /// file, and warnings about pins that nothing refers to, with places in the lock.
    pub fn stale(&self, externals: &Externals) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let mut used: BTreeSet<&External> = BTreeSet::new();
        let mut missing = Vec::new();
        for (external, span) in &externals.known {
            let pinned = self.pins.get_key_value(external);
            let of_all = || self.pins.get_key_value(&external.without_platform());
            match pinned.or_else(of_all) {
                Some((pinned, _)) => drop(used.insert(pinned)),
                None => missing.push(self.missing(external, *span)),
            }
        }
        // If the family uses Dockerfiles, any image can be one of theirs.
        let is_dockerfiles = |external: &External| {
            matches!(external, External::Image { .. }) && !externals.dockerfiles.is_empty()
        };
        let left_over =
            self.pins.iter().filter(|(external, _)| !used.contains(external) && !is_dockerfiles(external));
        let left_over = left_over.map(|(external, pin)| {
            let message = format!("{} has an entry for {external}, which no variant uses", self.name);
            Diagnostic::warning(Code::StaleLock, pin.span, message).help(self.help())
        });
        (missing, left_over.collect())
    }

    fn help(&self) -> String {
        format!("update it with `docker buildx build --call=lock ... > {}`", self.name)
    }
}
