//! Reads an image and applies its layers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use varve_archive::decompressed;

use super::cache::{LayerCache, Trust};
use super::catalog::{Blob, Catalog, Listed};
use super::input::{Form, Input};
use super::store::{Store, Stored};
use crate::base::error::{Error, Inside};
use crate::base::limits::{Budget, Limits};
use crate::stream::digest::{Digest, Hashed};
use crate::system::layer::{Layer, Whiteouts, contents};
use crate::system::{folder, tree::Tree};

/// An image for one platform, or a file system without a configuration.
#[derive(Debug, Clone)]
pub struct Image {
    /// The digest of the manifest. A docker archive has no manifests, so it is the digest of the configuration. It is empty for a
    /// file system.
    pub digest: String,
    /// The platform as `os/architecture[/variant]`, normalised. It is empty for a file system.
    pub platform: String,
    /// The references and tags that the layout or archive has for the image.
    pub names: Vec<String>,
    /// The manifest with its annotations. Null if there is none.
    pub manifest: Value,
    /// The whole configuration. Null for a file system.
    pub config: Value,
    /// The layers as they are stored, lowest first.
    pub blobs: Vec<Blob>,
    /// The layers, lowest first. A file system is a single layer.
    pub layers: Vec<Arc<Layer>>,
    /// The file system that results from all layers.
    pub tree: Tree,
    /// The in-toto statements of its attestations.
    pub attestations: Vec<Value>,
}

/// Whether attestations are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attestations {
    /// Attestations are not read. Provenance contains times and machines, so it differs between any two builds.
    #[default]
    LeaveOut,
    /// Attestations are read and compared.
    Compare,
}

impl Image {
    /// Reads all images at a path with their attestations, in the order in which the path lists them.
    pub fn read_all(path: &Path, limits: &Limits, cache: &LayerCache) -> Result<Vec<Image>, Error> {
        let budget = Budget::new(limits);
        let input = Input::open(path, &budget)?;
        let source = Source { input: &input, budget: &budget, cache };
        let catalog = Catalog::read(&input, &budget)?;
        catalog.images.into_iter().map(|listed| source.read(listed, Attestations::Compare)).collect()
    }

    /// Whether the image is a file system without configuration, history and layers.
    pub fn is_file_system(&self) -> bool {
        self.config.is_null()
    }

    /// Returns the environment in the configuration, in its order.
    pub fn env(&self) -> Vec<&str> {
        let env = self.config["config"]["Env"].as_array();
        env.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Returns the labels in the configuration.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.config["config"]["Labels"].as_object().into_iter().flatten();
        labels.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())).collect()
    }
}

/// A path to read images from, with its budget and the cache of layers.
pub(crate) struct Source<'i> {
    pub(crate) input: &'i Input,
    pub(crate) budget: &'i Budget,
    pub(crate) cache: &'i LayerCache,
}

impl Source<'_> {
    /// Reads an image: its layers and, if wanted, its attestations.
    pub(crate) fn read(&self, listed: Listed, attestations: Attestations) -> Result<Image, Error> {
        self.read_inside(listed, attestations).inside(self.input.store.path().display())
    }

    /// Reads the contents of files, selected by layer and by the number of the entry in the layer.
    pub(crate) fn contents(
        &self,
        blobs: &[Blob],
        wanted: &BTreeMap<usize, BTreeSet<u64>>,
    ) -> Result<BTreeMap<(usize, u64), Vec<u8>>, Error> {
        let mut found = BTreeMap::new();
        for (layer, entries) in wanted {
            let contents = match (&self.input.store, self.input.form) {
                (Store::Folder(root), Form::FileSystem) => folder::contents(root, entries),
                (Store::Archive(archive), Form::FileSystem) => {
                    let (_, content) = decompressed(File::open(&archive.path)?, self.budget.archive())?;
                    contents(content, entries, self.budget)
                }
                _ => {
                    let Some(blob) = blobs.get(*layer) else { continue };
                    let (_, content) = decompressed(self.open(blob)?.reader, self.budget.archive())?;
                    contents(content, entries, self.budget).inside(&blob.name)
                }
            };
            let contents = contents.inside(self.input.store.path().display())?;
            found.extend(contents.into_iter().map(|(entry, bytes)| ((*layer, entry), bytes)));
        }
        Ok(found)
    }

    fn read_inside(&self, listed: Listed, attestations: Attestations) -> Result<Image, Error> {
        let mut tree = Tree::default();
        let mut layers = Vec::new();
        if self.input.form == Form::FileSystem {
            let layer = self.file_system()?;
            tree.apply_within(&layer, self.budget)?;
            layers.push(Arc::new(layer));
        } else {
            for (blob, diff_id) in listed.blobs.iter().zip(listed.diff_ids().inside(&listed.digest)?) {
                let layer = self.layer(blob, &diff_id).inside(&blob.name)?;
                tree.apply_within(&layer, self.budget).inside(&blob.name)?;
                layers.push(layer);
            }
        }
        let statements = match attestations {
            Attestations::LeaveOut => [].as_slice(),
            Attestations::Compare => &listed.statements,
        };
        let attestations: Result<Vec<Value>, Error> =
            statements.iter().map(|digest| self.statement(digest).inside(digest.as_str())).collect();
        let platform = listed.platform();
        let Listed { digest, names, manifest, config, blobs, .. } = listed;
        let attestations = attestations?;
        Ok(Image { digest, platform, names, manifest, config, blobs, layers, tree, attestations })
    }

    fn file_system(&self) -> Result<Layer, Error> {
        match &self.input.store {
            Store::Folder(root) => folder::read(root, self.budget),
            Store::Archive(archive) => {
                let (_, content) = decompressed(File::open(&archive.path)?, self.budget.archive())?;
                Layer::of(content, Whiteouts::Files, self.budget)
            }
        }
    }

    /// Reads a layer. Its blob is verified with the digest of the manifest, and its content with that of the configuration.
    fn layer(&self, blob: &Blob, diff_id: &Digest) -> Result<Arc<Layer>, Error> {
        let key = blob.digest.as_deref().unwrap_or(diff_id.as_str());
        if let Some(known) = self.cache.get(key) {
            Digest::parse(&known.diff_id)?.expect(diff_id)?;
            if self.cache.trust() == Trust::Verify {
                self.verify(blob, diff_id)?;
            }
            return Ok(known);
        }
        let layer = match &blob.digest {
            Some(digest) => {
                let digest = Digest::parse(digest)?;
                let mut stream = Hashed::like(&digest, self.open(blob)?.reader);
                let layer = Layer::of(
                    decompressed(&mut stream, self.budget.archive())?.1,
                    Whiteouts::Removals,
                    self.budget,
                )
                .map_err(|error| self.blame(error, blob, &digest))?;
                digest.expect(&stream.finish()?.0)?;
                layer
            }
            None => {
                let stream = self.open(blob)?.reader;
                Layer::of(decompressed(stream, self.budget.archive())?.1, Whiteouts::Removals, self.budget)?
            }
        };
        diff_id.expect(&Digest::parse(&layer.diff_id)?).inside("without compression")?;
        let layer = Arc::new(layer);
        self.cache.insert(key, &layer);
        Ok(layer)
    }

    /// Returns the error that the digest of a blob does not match, if that is the reason why the blob cannot be read as a layer.
    /// This error helps the user more than the original one.
    fn blame(&self, error: Error, blob: &Blob, digest: &Digest) -> Error {
        let computed = self.open(blob).and_then(|stored| Ok(Hashed::like(digest, stored.reader).finish()?));
        match computed {
            Ok((computed, _)) => digest.expect(&computed).err().unwrap_or(error),
            Err(_) => error,
        }
    }

    fn verify(&self, blob: &Blob, diff_id: &Digest) -> Result<(), Error> {
        let Stored { size, reader } = self.open(blob)?;
        match &blob.digest {
            Some(digest) => {
                self.budget.content(size)?;
                let digest = Digest::parse(digest)?;
                digest.expect(&Hashed::like(&digest, reader).finish()?.0)
            }
            None => {
                let content = decompressed(reader, self.budget.archive())?.1;
                diff_id.expect(&Hashed::new(content).finish()?.0)
            }
        }
    }

    fn open(&self, blob: &Blob) -> Result<Stored<'_>, Error> {
        let missing = || Error::damaged(format!("{} does not contain it", self.input.form));
        self.input.store.open(&blob.name)?.ok_or_else(missing)
    }

    fn statement(&self, digest: &Digest) -> Result<Value, Error> {
        let missing = || Error::damaged("the layout does not contain it");
        let document = self.input.store.document(&digest.blob(), self.budget)?.ok_or_else(missing)?;
        digest.verify(&document.bytes)?;
        document.json()
    }
}
