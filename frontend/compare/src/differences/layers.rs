//! Compares the layers themselves: their number, their digests, how they are stored, and whiteouts without effect.

use std::collections::{BTreeMap, BTreeSet};

use super::align::align;
use super::difference::{Difference, Side};
use crate::image::catalog::Blob;
use crate::image::read::Image;

pub(super) fn compare(first: &Image, second: &Image) -> Vec<Difference> {
    let mut found = Vec::new();
    let (one, other) = (stored(first), stored(second));
    if one.len() != other.len() {
        let side = |image: &Image| Side::count(image.layers.len(), "layers");
        found.push(Difference::changed("layers", side(first), side(second)));
    }
    for pair in align(&one, &other, |one, other| one.0 == other.0) {
        let at = pair.0.or(pair.1).unwrap_or_default();
        let name = format!("layers.{at}");
        match (pair.0.map(|at| one[at]), pair.1.map(|at| other[at])) {
            (Some((id, blob)), Some((other_id, other_blob))) if id == other_id => {
                as_stored(&name, blob, other_blob, &mut found);
            }
            (one, other) => {
                let side = |layer: (&str, &Blob)| Side::text(layer.0);
                found.push(Difference::new(name, one.map(side), other.map(side)));
            }
        }
    }
    // A docker archive stores the layers in another form than a layout, so their sizes are not comparable.
    let names_digests = |image: &Image| image.blobs.iter().all(|blob| blob.digest.is_some());
    let size = |image: &Image| image.blobs.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size));
    if size(first) != size(second) && names_digests(first) == names_digests(second) {
        let side = |image: &Image| Side::bytes(size(image));
        found.push(Difference::changed("layers.size", side(first), side(second)));
    }
    found.extend(whiteouts(first, second));
    found
}

/// Returns each layer with the digest of its content.
fn stored(image: &Image) -> Vec<(&str, &Blob)> {
    image.layers.iter().map(|layer| layer.diff_id.as_str()).zip(&image.blobs).collect()
}

/// Compares how two layers with the same content are stored. They can be compressed in different ways.
fn as_stored(name: &str, first: &Blob, second: &Blob, found: &mut Vec<Difference>) {
    let parts =
        [("digest", &first.digest, &second.digest), ("media_type", &first.media_type, &second.media_type)];
    for (part, one, other) in parts {
        if let (Some(one), Some(other)) = (one, other)
            && one != other
        {
            found.push(Difference::changed(format!("{name}.{part}"), Side::text(one), Side::text(other)));
        }
    }
}

/// Compares whiteouts of paths that no layer below contains. A difference is a path for which only one of the images has such a
/// whiteout.
fn whiteouts(first: &Image, second: &Image) -> Vec<Difference> {
    let unused = |image: &Image| -> BTreeMap<String, usize> {
        let unused = image.tree.unused_whiteouts().iter();
        unused.map(|unused| (unused.path.clone(), unused.layer)).collect()
    };
    let (one, other) = (unused(first), unused(second));
    let side = |layer: &usize| Side {
        value: (*layer).into(),
        text: format!("layer {layer} removes it, and no layer below has it"),
    };
    let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let alone = paths.into_iter().filter(|path| one.contains_key(*path) != other.contains_key(*path));
    alone
        .map(|path| {
            Difference::new(format!("whiteouts.{path}"), one.get(path).map(side), other.get(path).map(side))
        })
        .collect()
}
