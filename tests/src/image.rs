//! Images that builds export, taken apart by the library that compares images.

use std::path::Path;

use anyhow::Result;
use varve_compare::{Image, LayerCache, Limits};

/// Layers that were read before: many images share a base.
static READ: LayerCache = LayerCache::trusting();

/// Reads all images of a folder written with `--output type=oci,tar=false`, in the index's order.
pub fn read_images(layout: &Path) -> Result<Vec<Image>> {
    Ok(Image::read_all(layout, &Limits::default(), &READ)?)
}
