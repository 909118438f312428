//! Caches layers by digest, because many images share a base.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::system::layer::Layer;

/// A cache of layers, by the digest of the blob or of the content.
#[derive(Debug)]
pub struct LayerCache {
    layers: Mutex<BTreeMap<String, Arc<Layer>>>,
    trust: Trust,
}

/// What happens with a blob if the cache already has its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Its digest is computed and verified.
    Verify,
    /// The blob is not read.
    Skip,
}

impl LayerCache {
    /// Creates an empty cache. Every blob is read, and its digest is verified.
    pub const fn new() -> LayerCache {
        LayerCache { layers: Mutex::new(BTreeMap::new()), trust: Trust::Verify }
    }

    /// Creates an empty cache for layouts that are known to be intact. A blob is not read if the cache has a layer with its digest.
    pub const fn trusting() -> LayerCache {
        LayerCache { layers: Mutex::new(BTreeMap::new()), trust: Trust::Skip }
    }

    pub(crate) fn trust(&self) -> Trust {
        self.trust
    }

    pub(crate) fn get(&self, digest: &str) -> Option<Arc<Layer>> {
        // A panic of another thread cannot leave the map in an invalid state.
        let layers = self.layers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        layers.get(digest).cloned()
    }

    pub(crate) fn insert(&self, digest: &str, layer: &Arc<Layer>) {
        let mut layers = self.layers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        layers.insert(digest.to_owned(), layer.clone());
    }
}

impl Default for LayerCache {
    fn default() -> LayerCache {
        LayerCache::new()
    }
}
