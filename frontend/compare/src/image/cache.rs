//! Layers that were read before, by their digests: many images share a base.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::system::layer::Layer;

/// Layers by the digest of their blob and by that of their content.
#[derive(Debug)]
pub struct LayerCache {
    layers: Mutex<BTreeMap<String, Arc<Layer>>>,
    trust: Trust,
}

/// What is done with a blob whose layer was read from another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Its digest is computed.
    Verify,
    /// It is not read.
    Skip,
}

impl LayerCache {
    /// An empty cache. Every blob is read and its digest verified.
    pub const fn new() -> LayerCache {
        LayerCache { layers: Mutex::new(BTreeMap::new()), trust: Trust::Verify }
    }

    /// An empty cache, for layouts that are known to be whole: a blob is not read when one of the same digest was.
    pub const fn trusting() -> LayerCache {
        LayerCache { layers: Mutex::new(BTreeMap::new()), trust: Trust::Skip }
    }

    pub(crate) fn trust(&self) -> Trust {
        self.trust
    }

    pub(crate) fn get(&self, digest: &str) -> Option<Arc<Layer>> {
        // Another thread's panic leaves nothing half done.
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
