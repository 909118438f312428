//! Changes of binary files (`git diff --binary`). Each is written in both directions, so varve knows that it fits if the way back leads to
//! the content that was there. git compares digests in place of that.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::base85;

/// The largest size of a binary file.
const MOST: u64 = 256 << 20;

/// A change of a binary file.
#[derive(Debug)]
pub(super) struct BinaryChange {
    pub(super) forward: Way,
    /// `None` if the patch has only one direction.
    pub(super) backward: Option<Way>,
}

/// One direction of a change, still compressed.
#[derive(Debug)]
pub(super) struct Way {
    kind: Kind,
    /// The size of the data after it was decompressed.
    size: u64,
    data: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// The data is the whole file.
    Literal,
    /// The data says how the file is made from parts of the other.
    Delta,
}

/// Reads one direction from the lines after `GIT binary patch`, up to the empty line at its end. `None` if they are none.
///
/// # Errors
/// The lines are damaged.
pub(super) fn way<'p>(
    first: &[u8],
    mut next: impl FnMut() -> Option<&'p [u8]>,
) -> Result<Option<Way>, &'static str> {
    let (kind, size) = match (first.strip_prefix(b"literal "), first.strip_prefix(b"delta ")) {
        (Some(size), _) => (Kind::Literal, size),
        (_, Some(size)) => (Kind::Delta, size),
        _ => return Ok(None),
    };
    let size = std::str::from_utf8(size).ok().and_then(|size| size.trim_end().parse().ok());
    let size = size.ok_or("its binary data has no size")?;
    let mut data = Vec::new();
    loop {
        match next() {
            Some(b"\n") => return Ok(Some(Way { kind, size, data })),
            Some(line) => {
                let line = line.strip_suffix(b"\n").ok_or("its binary data ends too early")?;
                base85::decode_line(line, &mut data).ok_or("its binary data is damaged")?;
            }
            None => return Err("its binary data ends too early"),
        }
    }
}

impl BinaryChange {
    /// Returns the content after the change.
    ///
    /// # Errors
    /// The change is damaged, or belongs to another content.
    pub(super) fn apply(&self, old: &[u8]) -> Result<Vec<u8>, String> {
        let Some(backward) = &self.backward else {
            return Err(
                "the binary patch has one direction only; expected both, as `git diff --binary` writes them"
                    .to_owned(),
            );
        };
        let other = || "the binary patch belongs to another content of the file".to_owned();
        let new = self.forward.apply(old)?.ok_or_else(other)?;
        match backward.apply(&new)? {
            Some(way_back) if way_back == old => Ok(new),
            _ => Err(other()),
        }
    }

    /// Whether the change was made to this content before.
    pub(super) fn is_applied(&self, content: &[u8]) -> bool {
        let back = self.backward.as_ref().and_then(|way| way.apply(content).ok().flatten());
        let forward = back.and_then(|old| self.forward.apply(&old).ok().flatten());
        forward.is_some_and(|new| new == content)
    }
}

impl Way {
    /// Returns what this direction makes of a content. `None` if it is for another content.
    fn apply(&self, from: &[u8]) -> Result<Option<Vec<u8>>, String> {
        if self.size > MOST {
            return Err(format!("the binary patch needs {} bytes; expected at most {MOST}", self.size));
        }
        let mut data = Vec::new();
        let read = ZlibDecoder::new(self.data.as_slice()).take(self.size + 1).read_to_end(&mut data);
        if read.is_err() || data.len() as u64 != self.size {
            return Err("the binary patch is damaged".to_owned());
        }
        match self.kind {
            Kind::Literal => Ok(Some(data)),
            Kind::Delta => match delta(&data, from) {
                Some(content) => Ok(Some(content)),
                None => Ok(None),
            },
        }
    }
}

/// Makes a content from parts of another. `None` if the description is damaged or for another content (`patch-delta.c` of git).
fn delta(data: &[u8], from: &[u8]) -> Option<Vec<u8>> {
    let mut data = data.iter().copied();
    let old_size = size(&mut data)?;
    let new_size = size(&mut data).filter(|size| *size <= MOST)?;
    if old_size != from.len() as u64 {
        return None;
    }
    let mut content = Vec::new();
    while let Some(command) = data.next() {
        if command & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u32>| {
                let mut value = 0;
                for (index, bit) in bits.enumerate() {
                    if command & (1 << bit) != 0 {
                        value |= usize::from(data.next()?) << (8 * index);
                    }
                }
                Some(value)
            };
            let offset = number(0..4)?;
            let count = number(4..7)?;
            let count = if count == 0 { 0x10000 } else { count };
            content.extend_from_slice(from.get(offset..offset.checked_add(count)?)?);
        } else if command == 0 {
            return None;
        } else {
            for _ in 0..command {
                content.push(data.next()?);
            }
        }
        if content.len() as u64 > new_size {
            return None;
        }
    }
    (content.len() as u64 == new_size).then_some(content)
}

fn size(data: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut size = 0;
    for shift in (0..63).step_by(7) {
        let byte = data.next()?;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_takes_parts_of_the_other_content_and_bytes_of_its_own() {
        // The sizes, `cd` from offset 2, and two bytes.
        assert_eq!(delta(&[6, 4, 0x91, 2, 2, 2, b'x', b'y'], b"abcdef"), Some(b"cdxy".to_vec()));
        for damaged in [
            &[5, 4, 0x91, 2, 2, 2, b'x', b'y'][..],
            &[6, 5, 0x91, 2, 2, 2, b'x', b'y'],
            &[6, 4, 0x91, 5, 2, 2, b'x', b'y'],
            &[6, 4, 0x91, 2, 2, 3, b'x', b'y'],
            &[6, 4, 0],
            &[6, 4, 0x91, 2],
            &[0xff; 20],
            &[],
        ] {
            assert_eq!(delta(damaged, b"abcdef"), None, "{damaged:?}");
        }
    }
}
