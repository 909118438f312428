//! Resolves images for a lock: in their registries, whatever the client prefers.
//!
//! With the driver `docker`, the client asks for images of the builder's own store first. A digest from there may exist nowhere else,
//! and then no other machine can build with the lock.

use buildkit_gateway::{Bridge, Options, ResolveMode, Session, Status, parse_bool};

use super::daemon_facts::DaemonFacts;
use crate::facts::images::{ImageKey, ResolvedBase};
use crate::inputs::client::Client;
use crate::inputs::images;

/// The build argument that also allows images of the builder's own store.
const ARGUMENT: &str = "VARVE_LOCK_LOCAL";
/// The option of the client that says where images are resolved.
const MODE: &str = "image-resolve-mode";

/// Where the images of a lock are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockImages {
    /// In their registries.
    Registries,
    /// Where the client says, which can be the builder's own store.
    AsTheClientSays,
}

impl LockImages {
    /// Reads where the client allows images from.
    ///
    /// # Errors
    /// Returns an error if the value of `VARVE_LOCK_LOCAL` is not a boolean.
    pub(crate) fn read(options: &Options) -> Result<Self, Status> {
        match options.build_args.get(ARGUMENT).map(|text| (text, parse_bool(text))) {
            None | Some((_, Some(false))) => Ok(Self::Registries),
            Some((_, Some(true))) => Ok(Self::AsTheClientSays),
            Some((text, None)) => Err(Status::user(format!("{ARGUMENT} is `{text}`, expected `1` or `0`"))),
        }
    }

    /// Returns the session with the option that says where images are resolved.
    pub(crate) fn session(self, session: &Session) -> Session {
        let mut session = session.clone();
        if self == Self::Registries {
            session.opts.insert(MODE.to_owned(), ResolveMode::Pull.as_str().to_owned());
        }
        session
    }
}

/// Resolves an image in its registry.
///
/// # Errors
/// Returns the failure of the registry. If the builder's own store has the image, the error says that no other machine has it.
pub(crate) async fn resolve<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    key: &ImageKey,
) -> Result<ResolvedBase, Status> {
    let failed = match images::from_registry(daemon.client, key, None).await {
        Ok(image) => return Ok(image),
        Err(failed) => failed,
    };
    let options = Options { resolve_mode: ResolveMode::Local, ..daemon.client.options.clone() };
    let client = Client { options: &options, ..*daemon.client };
    if images::from_registry(&client, key, None).await.is_err() {
        return Err(failed);
    }
    let message = format!(
        "{}: only the image store of this builder has it, so a lock with its digest would be of no use elsewhere: push the image, or \
        allow it with `--build-arg {ARGUMENT}=1`",
        failed.message
    );
    Err(Status { message, ..failed })
}
