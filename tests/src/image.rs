//! Reads images that builds export, with the library that compares images.

use std::path::Path;

use anyhow::Result;
use varve_compare::{Image, LayerCache, Limits};

/// A cache of layers, because many images share a base.
static READ: LayerCache = LayerCache::trusting();

/// Reads all images of a folder that `--output type=oci,tar=false` wrote, in the order of the index.
pub fn read_images(layout: &Path) -> Result<Vec<Image>> {
    Ok(Image::read_all(layout, &Limits::default(), &READ)?)
}
