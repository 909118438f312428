//! The lock beside the build file, as a build is held to it.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Status, parse_bool};
use buildkit_llb::normalize_reference;
use varve_spec::{Diagnostic, External, Lock, Pinning, Severity, Sources, Span};

use super::build_file::BuildFile;
use super::images::Wanted;
use super::named_contexts;
use crate::facts::images::ImageKey;
use crate::util::platform::spec_platform;
use crate::util::report;

/// The build argument that makes it an error that a lock is not there, or is not that of the build file.
const ARGUMENT: &str = "VARVE_FROZEN";

/// What a build is held to: nothing, where there is no lock.
#[derive(Default)]
pub(crate) struct Locked {
    lock: Option<Lock>,
    frozen: bool,
}

impl Locked {
    /// Reads the lock, where there is one.
    ///
    /// # Errors
    /// It is not one; or it is not there and has to be.
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
                    "{ARGUMENT} is set, and there is no {lock} beside {file}: \
                     `docker buildx build --call=lock -f {file} . > {lock}` writes it",
                    lock = file.lock_name,
                    file = file.name,
                )));
            }
            None => return Ok(Self { lock: None, frozen }),
        };
        let lock = Lock::read(name, text);
        let lock = lock.map_err(|found| report::error(&found, &Sources::single(name, text)))?;
        Ok(Self { lock: Some(lock), frozen })
    }

    /// The lock; an empty one where there is none.
    pub(crate) fn lock(&self) -> Lock {
        self.lock.clone().unwrap_or_default()
    }

    /// Ties the commits and downloads of a plan to the lock, and tells which it says nothing of.
    pub(crate) fn pin(&self, plan: &mut varve_spec::Plan) -> Vec<Diagnostic> {
        let stale = self.lock.as_ref().map(|lock| lock.pin(plan)).unwrap_or_default();
        self.judged(stale)
    }

    /// Images with what the lock says they are, and which it says nothing of. What the client put in the place of an image is not
    /// its matter.
    pub(crate) fn images(
        &self,
        keys: BTreeMap<ImageKey, Span>,
        options: &Options,
    ) -> (BTreeMap<ImageKey, Wanted>, Vec<Diagnostic>) {
        let mut stale = Vec::new();
        let wanted = keys.into_iter().map(|(key, span)| {
            let platform = spec_platform(&key.platform);
            let external = External::image(&key.reference, platform.clone());
            let external =
                external.filter(|_| named_contexts::find(options, &key.reference, &key.platform).is_none());
            let mut digest = None;
            if let (Some(lock), Some(external)) = (&self.lock, external) {
                digest = lock.image(&key.reference, &platform).map(str::to_owned);
                if digest.is_none() {
                    stale.push(lock.missing(&external, span));
                }
            }
            (key, Wanted { span, digest })
        });
        let wanted = wanted.collect();
        (wanted, self.judged(stale))
    }

    /// Options that have the frontend of Dockerfiles take the images that the lock says, but for those that the client put something
    /// else in the place of. A name alone, without a tag or a registry, may be that of a stage there, and is left to it.
    pub(crate) fn contexts(&self, options: &Options) -> BTreeMap<String, String> {
        let lock = self.lock.as_ref().map(Lock::sections).unwrap_or_default();
        let mut contexts = BTreeMap::new();
        for (reference, pinning) in lock.get("images").into_iter().flatten() {
            let name = named_contexts::familiar(reference);
            if !name.contains([':', '/'])
                || options.named_contexts.keys().any(|context| is_of(context, &name))
            {
                continue;
            }
            let image = |digest: &str| format!("docker-image://{}@{digest}", normalize_reference(reference));
            match pinning {
                Pinning::One(digest) => drop(contexts.insert(format!("context:{name}"), image(digest))),
                Pinning::Each(platforms) => contexts.extend(
                    platforms
                        .iter()
                        .map(|(platform, digest)| (format!("context:{name}::{platform}"), image(digest))),
                ),
            }
        }
        contexts
    }

    /// Of which images that a Dockerfile starts from the lock says nothing, or something else.
    pub(crate) fn of_dockerfile(&self, images: Vec<(ImageKey, String)>, span: Span) -> Vec<Diagnostic> {
        let Some(lock) = &self.lock else { return Vec::new() };
        let stale = images.into_iter().filter_map(|(key, digest)| {
            let platform = spec_platform(&key.platform);
            let pinned = lock.image(&key.reference, &platform) == Some(digest.as_str());
            let external = External::image(&key.reference, platform)?;
            (!pinned).then(|| lock.missing(&external, span))
        });
        self.judged(stale.collect())
    }

    fn judged(&self, mut stale: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if self.frozen {
            for found in &mut stale {
                found.severity = Severity::Error;
                found.label = Some(format!("an error because {ARGUMENT} is set"));
            }
        }
        stale
    }
}

/// Whether a named context is for an image of that name, on whatever platform.
fn is_of(context: &str, name: &str) -> bool {
    context.split("::").next() == Some(name)
}
