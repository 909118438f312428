//! Lists the images at a path: their manifests and configurations, without the layers.

mod docker;
mod layout;

use buildkit_names::Platform;
use serde_json::Value;

use super::input::{Form, Input};
use crate::base::error::{Error, Inside};
use crate::base::limits::Budget;
use crate::stream::digest::Digest;

/// All images at a path, in the order in which the path lists them.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) images: Vec<Listed>,
    /// Listed images that cannot be compared, each with the reason.
    pub(crate) omitted: Vec<String>,
}

/// An image for one platform.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    /// The digest of the manifest. A docker archive has no manifests, so it is the digest of the configuration. It is empty for a
    /// file system.
    pub(crate) digest: String,
    /// Its platform; a file system has none.
    pub(crate) platform: Option<Platform>,
    /// References and tags.
    pub(crate) names: Vec<String>,
    pub(crate) manifest: Value,
    pub(crate) config: Value,
    pub(crate) blobs: Vec<Blob>,
    /// The digests of its attestations.
    pub(crate) statements: Vec<Digest>,
}

/// A stored layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The digest of the stored bytes, which can be compressed. A docker archive does not have it.
    pub digest: Option<String>,
    /// The number of stored bytes.
    pub size: u64,
    /// The media type. A docker archive does not have it.
    pub media_type: Option<String>,
    /// The name of the file in the layout or archive.
    pub(crate) name: String,
}

impl Catalog {
    /// Reads the list of images from a path.
    pub(crate) fn read(input: &Input, budget: &Budget) -> Result<Catalog, Error> {
        let catalog = match input.form {
            Form::Layout => layout::read(&input.store, budget),
            Form::DockerArchive => docker::read(&input.store, budget),
            Form::FileSystem => Ok(Catalog { images: vec![Listed::default()], omitted: Vec::new() }),
        };
        catalog.inside(input.store.path().display())
    }
}

impl Listed {
    /// The name of its platform; empty for a file system.
    pub(crate) fn platform(&self) -> String {
        self.platform.as_ref().map(Platform::to_string).unwrap_or_default()
    }

    /// The digests of its layers without compression, which its configuration names.
    pub(crate) fn diff_ids(&self) -> Result<Vec<Digest>, Error> {
        let ids = self.config["rootfs"]["diff_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
        if ids.len() != self.blobs.len() {
            let (blobs, ids) = (self.blobs.len(), ids.len());
            return Err(Error::damaged(format!(
                "the manifest lists {blobs} layers, the configuration {ids}"
            )));
        }
        ids.iter().map(|id| Digest::parse(id.as_str().unwrap_or_default())).collect()
    }
}

/// The platform that a document names: a configuration or a descriptor. Images of Windows are for one version of it; features that it
/// must have do not tell images apart.
fn platform_of(document: &Value) -> Option<Platform> {
    let part = |key: &str| document[key].as_str().unwrap_or_default();
    let (os, architecture) = (part("os"), part("architecture"));
    let is_named = !os.is_empty() && !architecture.is_empty();
    let platform = || Platform::of_parts(os, architecture, part("variant"));
    is_named.then(|| platform().with_os_version(part("os.version"), [""; 0]))
}

/// The largest number of documents of a path. Real ones have some dozens.
const MOST: usize = 10_000;
/// The largest number of layers of an image. Engines allow 128.
const MOST_LAYERS: usize = 1_000;

/// Returns the layers in a document.
fn layers<'v>(document: &'v Value, key: &str) -> Result<&'v [Value], Error> {
    let layers = list(document, key);
    match layers.len() {
        0..=MOST_LAYERS => Ok(layers),
        count => Err(Error::damaged(format!("an image has {count} layers; expected at most {MOST_LAYERS}"))),
    }
}

/// Returns the list with this key. The result is empty if the value is not a list.
fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
