//! Finds the first line that differs in small texts. Reading an image does not keep contents, so the contents are read again here.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::redacted;

use super::difference::{Aspect, Difference, DifferingLine};
use crate::base::error::Error;
use crate::image::read::{Image, Source};
use crate::stream::digest::Digest;
use crate::system::node::Kind;

/// Larger files are not read again, in bytes.
const LARGEST: u64 = 256 << 10;
/// At most this number of bytes of each image is read again.
const MOST: u64 = 64 << 20;
/// Longer lines are cut at this number of characters.
const LONGEST_LINE: usize = 200;

/// Adds the first line that differs to each difference of contents.
pub(crate) fn add(
    differences: &mut [Difference],
    first: (&Image, &Source<'_>),
    second: (&Image, &Source<'_>),
) -> Result<(), Error> {
    let mut left = MOST;
    let mut chosen = Vec::new();
    for difference in differences.iter_mut().filter(|difference| difference.aspect == Some(Aspect::Content)) {
        let sizes = [first.0, second.0].map(|image| size(image, &difference.name));
        if let [Some(one), Some(other)] = sizes
            && one.max(other) <= LARGEST
            && one.max(other) <= left
        {
            left -= one.max(other);
            chosen.push(difference);
        }
    }
    let paths: Vec<String> = chosen.iter().map(|difference| difference.name.clone()).collect();
    let (first, second) = (texts(&paths, first)?, texts(&paths, second)?);
    for difference in chosen {
        if let (Some(one), Some(other)) = (first.get(&difference.name), second.get(&difference.name)) {
            difference.line = first_difference(one, other);
        }
    }
    Ok(())
}

fn size(image: &Image, path: &str) -> Option<u64> {
    match image.tree.get(path)?.kind {
        Kind::File { size, .. } => Some(size),
        _ => None,
    }
}

/// Reads the contents of the paths that are texts.
fn texts(
    paths: &[String],
    (image, source): (&Image, &Source<'_>),
) -> Result<BTreeMap<String, String>, Error> {
    let mut wanted: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for (layer, entry) in paths.iter().filter_map(|path| image.tree.origin(path)) {
        wanted.entry(layer).or_default().insert(entry);
    }
    let contents = source.contents(&image.blobs, &wanted)?;
    let mut texts = BTreeMap::new();
    for path in paths {
        let Some(bytes) = image.tree.origin(path).and_then(|origin| contents.get(&origin)) else { continue };
        if let Some(Kind::File { sha256, .. }) = image.tree.get(path).map(|node| &node.kind)
            && Digest::of(bytes).hex() != sha256
        {
            return Err(Error::damaged("its content changed while it was read").inside(path));
        }
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        texts.extend(text.map(|text| (path.clone(), text.to_owned())));
    }
    Ok(texts)
}

fn first_difference(first: &str, second: &str) -> Option<DifferingLine> {
    let (mut one, mut other) = (first.split_inclusive('\n'), second.split_inclusive('\n'));
    let mut number = 0;
    loop {
        number += 1;
        match (one.next(), other.next()) {
            (None, None) => return None,
            (first, second) if first != second => {
                let kept = |line: &str| {
                    let line = redacted(line);
                    match line.char_indices().nth(LONGEST_LINE) {
                        Some((at, _)) => format!("{}...", &line[..at]),
                        None => line.into_owned(),
                    }
                };
                return Some(DifferingLine { number, first: first.map(kept), second: second.map(kept) });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_found() {
        let check = |first: &str, second: &str, expect: Option<(usize, Option<&str>, Option<&str>)>| {
            let line = first_difference(first, second);
            let line = line.as_ref().map(|l| (l.number, l.first.as_deref(), l.second.as_deref()));
            assert_eq!(line, expect, "{first:?} {second:?}");
        };
        check("a\n", "a\n", None);
        check("a\nb\n", "a\nc\n", Some((2, Some("b\n"), Some("c\n"))));
        check("a\n", "a", Some((1, Some("a\n"), Some("a"))));
        check("a\n", "a\nb", Some((2, None, Some("b"))));
    }
}
