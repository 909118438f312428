//! The lock beside the build file, as a build is held to it.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Status, parse_bool};
use varve_spec::{Diagnostic, External, Lock, Severity, Sources, Span};

use crate::build_file::BuildFile;
use crate::platform::spec_platform;
use crate::resolve::{ImageKey, Wanted};
use crate::{named, report};

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
            let external = external.filter(|_| named::find(options, &key.reference, &key.platform).is_none());
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
