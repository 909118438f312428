//! Requests for images, and their metadata.

use crate::{InvalidReference, Platform, Reference, Source, SourceRequest, Status};

/// A request for the metadata of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRequest {
    /// The reference. The daemon gets its canonical form, such as `docker.io/library/alpine:3.20`.
    pub reference: Reference,
    /// The platform. The default is the platform of the daemon.
    pub platform: Option<Platform>,
    /// Which image to use if the daemon has one of the same name. The operation that pulls the image must have the same mode.
    pub resolve_mode: ResolveMode,
    /// The name of the step in the log of the build.
    pub log_name: String,
    /// Where the image is stored.
    pub store: ImageStore,
}

/// Where an image is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageStore {
    /// In a registry, or in the store of the daemon.
    #[default]
    Registry,
    /// In an OCI layout of the client. The reference must have a digest.
    OciLayout {
        /// The session of the client.
        session_id: String,
        /// The name of the layout.
        store_id: String,
    },
}

/// Which image to use if the daemon has one of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolveMode {
    /// The daemon decides.
    #[default]
    Default,
    /// The image of the registry.
    Pull,
    /// The image of the daemon.
    Local,
}

/// The metadata of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageMeta {
    /// The full reference after source policies, which can replace it.
    pub reference: String,
    /// The digest of the object that the reference names. For an image with several platforms it is the digest of the index. Images
    /// that were built in Docker's store have no digest, so their references cannot be pinned.
    pub digest: Option<String>,
    /// The image config of the platform in JSON.
    pub config: Vec<u8>,
}

/// The answer to a request for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolvedImage {
    /// The image.
    Image(ImageMeta),
    /// A source policy replaced the image with a source of another kind.
    Replaced(Source),
}

impl ImageRequest {
    /// Creates a request for an image in a registry, with the default mode.
    pub fn new(reference: Reference, platform: Option<Platform>) -> Self {
        let log_name = format!("[internal] load metadata for {}", reference.canonical());
        Self {
            reference,
            platform,
            resolve_mode: ResolveMode::Default,
            log_name,
            store: ImageStore::Registry,
        }
    }
}

/// Converts the request into a request for a source (`resolveImageConfigViaSourceMetadata` in
/// `frontend/gateway/grpcclient/client.go`).
impl From<ImageRequest> for SourceRequest {
    fn from(request: ImageRequest) -> Self {
        let reference = request.reference.canonical();
        let source = match request.store {
            ImageStore::Registry => Source::new(format!("docker-image://{reference}")),
            ImageStore::OciLayout { session_id, store_id } => Source {
                identifier: format!("oci-layout://{reference}"),
                attrs: [("oci.session".to_owned(), session_id), ("oci.store".to_owned(), store_id)].into(),
            },
        };
        let ImageRequest { platform, resolve_mode, log_name, .. } = request;
        Self { source, platform, resolve_mode, log_name }
    }
}

impl ImageMeta {
    /// Returns the reference with the digest, so that it always names this image. A reference that has a digest, or an image without
    /// a digest, gives the reference unchanged.
    ///
    /// # Errors
    /// The daemon's reference or digest is not valid.
    pub fn pinned(&self) -> Result<Reference, InvalidReference> {
        let reference: Reference = self.reference.parse()?;
        match &self.digest {
            Some(digest) if reference.digest().is_none() => reference.with_digest(digest),
            _ => Ok(reference),
        }
    }
}

impl ResolvedImage {
    /// Returns the image.
    ///
    /// # Errors
    /// Returns an error if a source policy replaced the image with a source of another kind.
    pub fn image(self) -> Result<ImageMeta, Status> {
        match self {
            Self::Image(meta) => Ok(meta),
            Self::Replaced(source) => Err(Status::user(format!(
                "expected an image, but a source policy replaced it with {:?}",
                source.identifier
            ))),
        }
    }
}

impl ResolveMode {
    /// Returns the name of the mode in options and attributes: `default`, `pull` or `local` (`solver/pb/attr.go`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_pinned_once_and_only_with_a_digest() {
        let [one, two] = ["1", "2"].map(|digit| format!("sha256:{}", digit.repeat(64)));
        check("r.io/a:1", Some(&one), &format!("r.io/a:1@{one}"));
        check(&format!("r.io/a:1@{two}"), Some(&one), &format!("r.io/a:1@{two}"));
        check("r.io/a:1", None, "r.io/a:1");

        fn check(reference: &str, digest: Option<&str>, expect: &str) {
            let meta = ImageMeta {
                reference: reference.to_owned(),
                digest: digest.map(str::to_owned),
                ..ImageMeta::default()
            };
            assert_eq!(meta.pinned().unwrap().canonical(), expect);
        }
    }

    #[test]
    fn the_error_names_the_source_that_replaced_an_image() {
        let meta = ImageMeta { reference: "r.io/a:1".to_owned(), ..ImageMeta::default() };
        assert_eq!(ResolvedImage::Image(meta.clone()).image(), Ok(meta));
        let replaced = ResolvedImage::Replaced(Source::new("https://example.com/x"));
        assert_eq!(
            replaced.image().unwrap_err().message,
            "expected an image, but a source policy replaced it with \"https://example.com/x\""
        );
    }
}
