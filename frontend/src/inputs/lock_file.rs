//! The lock beside the build file, and the pins that a build takes from it.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Status, parse_bool};
use varve_spec::{Diagnostic, External, ImageName, Lock, Pinning, Plan, Severity, Sources, Span, map_of};

use super::build_file::BuildFile;
use super::images::WantedImage;
use super::named_contexts;
use crate::facts::images::ImageKey;
use crate::util::report;

/// The build argument that turns a missing or stale lock into an error.
const ARGUMENT: &str = "VARVE_FROZEN";

/// The lock of a build. Without a lock, nothing is pinned.
#[derive(Default)]
pub(crate) struct LockFile {
    lock: Option<Lock>,
    frozen: bool,
}

impl LockFile {
    /// Reads the lock, if there is one.
    ///
    /// # Errors
    /// Returns an error if the text is not a lock, or if there is no lock although `VARVE_FROZEN` requires one.
    pub(crate) fn read(options: &Options, file: &BuildFile) -> Result<Self, Status> {
        let frozen = match options.build_args.get(ARGUMENT) {
            None => false,
            Some(text) => parse_bool(text)
                .ok_or_else(|| Status::user(format!("{ARGUMENT} is `{text}`, expected `1` or `0`")))?,
        };
        let (name, text) = match &file.lock {
            Some(text) => (&file.lock_name, text),
            None if frozen => {
                return Err(Status::user(format!(
                    "{ARGUMENT} is set, but there is no {lock} in the folder of {file}: write it there, as in `docker buildx \
                    build --call=lock -f FOLDER/{file} . > FOLDER/{lock}`",
                    lock = file.lock_name,
                    file = file.name,
                )));
            }
            None => return Ok(Self { lock: None, frozen }),
        };
        let lock = Lock::read(name, text);
        let lock = lock.map_err(|errors| report::error(&errors, &Sources::single(name, text)))?;
        Ok(Self { lock: Some(lock), frozen })
    }

    /// Creates the value from a lock that was read already. `VARVE_FROZEN` is ignored.
    pub(crate) fn of(lock: Option<&Lock>) -> Self {
        Self { lock: lock.cloned(), frozen: false }
    }

    /// Returns the lock, which is empty if there is no file.
    pub(crate) fn lock(&self) -> Lock {
        self.lock.clone().unwrap_or_default()
    }

    /// Pins the commits and downloads of a plan. Returns diagnostics about those that the lock has no entry for.
    pub(crate) fn pin(&self, plan: &mut Plan) -> Vec<Diagnostic> {
        let stale = self.lock.as_ref().map(|lock| lock.pin(plan)).unwrap_or_default();
        self.with_severity(stale)
    }

    /// Pins images. Returns diagnostics about those that the lock has no entry for. An image that a named context replaces is
    /// neither pinned nor reported.
    pub(crate) fn pin_images(
        &self,
        images: BTreeMap<ImageKey, Span>,
        options: &Options,
    ) -> (BTreeMap<ImageKey, WantedImage>, Vec<Diagnostic>) {
        let mut stale = Vec::new();
        let wanted = images.into_iter().map(|(key, span)| {
            let is_replaced = named_contexts::find(options, &key.reference, &key.platform).is_some();
            let external = External::image(&key.reference, key.platform.clone()).filter(|_| !is_replaced);
            let mut digest = None;
            if let (Some(lock), Some(external)) = (&self.lock, external) {
                digest = lock.image(&key.reference, &key.platform).map(str::to_owned);
                if digest.is_none() {
                    stale.push(lock.missing(&external, span));
                }
            }
            (key, WantedImage { span, digest })
        });
        let wanted = map_of(wanted);
        (wanted, self.with_severity(stale))
    }

    /// Returns options that make the Dockerfile frontend use the locked images: `context:debian:12=docker-image://...@sha256:...`.
    ///
    /// Images that the client replaces are left out. Names without a tag and a registry are left out too, because in a Dockerfile
    /// such a name can be a stage.
    pub(crate) fn dockerfile_contexts(&self, options: &Options) -> BTreeMap<String, String> {
        let lock = self.lock.as_ref().map(Lock::sections).unwrap_or_default();
        let mut contexts = BTreeMap::new();
        for (reference, pinning) in lock.get("images").into_iter().flatten() {
            let reference = ImageName::new(reference);
            let name = reference.context();
            if !name.contains([':', '/'])
                || options.named_contexts.keys().any(|context| is_for_image(context, name))
            {
                continue;
            }
            let image = |digest: &str| {
                let pinned = reference.reference().and_then(|reference| reference.with_digest(digest));
                pinned.ok().map(|pinned| format!("docker-image://{pinned}"))
            };
            match pinning {
                Pinning::One(digest) => {
                    contexts.extend(image(digest).map(|image| (format!("context:{name}"), image)));
                }
                Pinning::Each(platforms) => {
                    contexts.extend(platforms.iter().filter_map(|(platform, digest)| {
                        Some((format!("context:{name}::{platform}"), image(digest)?))
                    }))
                }
            }
        }
        contexts
    }

    /// Returns diagnostics about images of a Dockerfile for which the lock has no entry, or an entry with another digest.
    pub(crate) fn check_dockerfile(&self, images: Vec<(ImageKey, String)>, span: Span) -> Vec<Diagnostic> {
        let Some(lock) = &self.lock else { return Vec::new() };
        let stale = images.into_iter().filter_map(|(key, digest)| {
            let is_pinned = lock.image(&key.reference, &key.platform) == Some(digest.as_str());
            let external = External::image(&key.reference, key.platform)?;
            (!is_pinned).then(|| lock.missing(&external, span))
        });
        self.with_severity(stale.collect())
    }

    /// Turns diagnostics about a stale lock into errors if `VARVE_FROZEN` is set.
    fn with_severity(&self, mut stale: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if self.frozen {
            for diagnostic in &mut stale {
                diagnostic.severity = Severity::Error;
                diagnostic.label = Some(format!("this is an error because {ARGUMENT} is set"));
            }
        }
        stale
    }
}

/// Whether a named context, such as `debian:12::linux/arm64`, replaces the image with that name on some platform.
fn is_for_image(context: &str, name: &str) -> bool {
    context.split("::").next() == Some(name)
}
