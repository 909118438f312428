//! Images: what to ask for and what comes back.

use crate::{Platform, Source, SourceRequest, Status};

/// A question about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRequest {
    /// The full reference, such as `docker.io/library/alpine:3.20`: the daemon takes no short ones.
    pub reference: String,
    /// For which platform; else the daemon's.
    pub platform: Option<Platform>,
    /// Which image to take when the daemon has one of that name. The operation that pulls it must say the same.
    pub resolve_mode: ResolveMode,
    /// The name of the step in the build's log.
    pub log_name: String,
    /// Where to look.
    pub store: ImageStore,
}

/// Where an image is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageStore {
    /// In its registry, or in the daemon's own store.
    #[default]
    Registry,
    /// In an OCI layout that the client holds; the reference must have a digest.
    OciLayout {
        /// The client's session.
        session_id: String,
        /// The name of the layout.
        store_id: String,
    },
}

/// Which image to take when the daemon has one of that name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolveMode {
    /// As the daemon prefers.
    #[default]
    Default,
    /// The registry's.
    Pull,
    /// The daemon's own.
    Local,
}

/// What is known of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageMeta {
    /// The full reference, after source policies.
    pub reference: String,
    /// The digest of what the reference names, the index of an image of several platforms. Docker's own store has
    /// none for images built there: then the reference cannot be pinned.
    pub digest: Option<String>,
    /// The image config of the platform: JSON, as it is.
    pub config: Vec<u8>,
}

/// What became of a question about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolvedImage {
    /// The image.
    Image(ImageMeta),
    /// A source policy put something that is no image in its place.
    Replaced(Source),
}

impl ImageRequest {
    /// Asks the registry about an image, in the default mode.
    pub fn new(reference: impl Into<String>, platform: Option<Platform>) -> Self {
        let reference = reference.into();
        let log_name = format!("[internal] load metadata for {reference}");
        Self {
            reference,
            platform,
            resolve_mode: ResolveMode::Default,
            log_name,
            store: ImageStore::Registry,
        }
    }
}

/// The same question about the image as a source (`resolveImageConfigViaSourceMetadata` in
/// `frontend/gateway/grpcclient/client.go`).
impl From<ImageRequest> for SourceRequest {
    fn from(request: ImageRequest) -> Self {
        let source = match request.store {
            ImageStore::Registry => Source::new(format!("docker-image://{}", request.reference)),
            ImageStore::OciLayout { session_id, store_id } => Source {
                identifier: format!("oci-layout://{}", request.reference),
                attrs: [("oci.session".to_owned(), session_id), ("oci.store".to_owned(), store_id)].into(),
            },
        };
        let ImageRequest { platform, resolve_mode, log_name, .. } = request;
        Self { source, platform, resolve_mode, log_name }
    }
}

impl ImageMeta {
    /// The reference with the digest, if there is one and it has none yet: always the same image.
    pub fn pinned(&self) -> String {
        match &self.digest {
            Some(digest) if !self.reference.contains('@') => format!("{}@{digest}", self.reference),
            _ => self.reference.clone(),
        }
    }
}

impl ResolvedImage {
    /// The image; fails if a source policy put something else in its place.
    pub fn image(self) -> Result<ImageMeta, Status> {
        match self {
            Self::Image(meta) => Ok(meta),
            Self::Replaced(source) => Err(Status::user(format!(
                "expected an image, found {:?}, which a source policy put in its place",
                source.identifier
            ))),
        }
    }
}

impl ResolveMode {
    /// The name of the mode in options and attributes: `default`, `pull` or `local` (`solver/pb/attr.go`).
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
    fn pinned_once_and_only_if_there_is_a_digest() {
        check("r/a:1", Some("sha256:1"), "r/a:1@sha256:1");
        check("r/a:1@sha256:2", Some("sha256:1"), "r/a:1@sha256:2");
        check("r/a:1", None, "r/a:1");

        fn check(reference: &str, digest: Option<&str>, expect: &str) {
            let meta = ImageMeta {
                reference: reference.to_owned(),
                digest: digest.map(str::to_owned),
                ..ImageMeta::default()
            };
            assert_eq!(meta.pinned(), expect);
        }
    }

    #[test]
    fn what_a_policy_put_in_an_images_place_is_named() {
        let meta = ImageMeta { reference: "r/a:1".to_owned(), ..ImageMeta::default() };
        assert_eq!(ResolvedImage::Image(meta.clone()).image(), Ok(meta));
        let replaced = ResolvedImage::Replaced(Source::new("https://example.com/x"));
        assert_eq!(
            replaced.image().unwrap_err().message,
            "expected an image, found \"https://example.com/x\", which a source policy put in its place"
        );
    }
}
