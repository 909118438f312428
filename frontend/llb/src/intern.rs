//! Which vertex has a digest.
//!
//! A digest is a hash already, so its first bytes are the place to look; a map that hashes or compares whole keys takes
//! longer than encoding a small operation does.

use crate::{Digest, Vertex};

/// Vertices by digest: a table of at least twice as many slots as vertices, each slot empty or a vertex.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interned {
    slots: Vec<Option<Vertex>>,
    vertices: usize,
}

impl Interned {
    /// The vertex of this digest; `digest_of` tells the digest of one that was inserted.
    pub(crate) fn find(&self, digest: &Digest, digest_of: impl Fn(Vertex) -> Digest) -> Option<Vertex> {
        self.probe(digest).find(|vertex| digest_of(*vertex) == *digest)
    }

    /// Adds a vertex whose digest is not there yet.
    pub(crate) fn insert(&mut self, digest: &Digest, vertex: Vertex, digest_of: impl Fn(Vertex) -> Digest) {
        self.vertices += 1;
        if self.vertices * 2 > self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![None; (old.len() * 2).max(64)];
            for vertex in old.into_iter().flatten() {
                self.place(&digest_of(vertex), vertex);
            }
        }
        self.place(digest, vertex);
    }

    fn place(&mut self, digest: &Digest, vertex: Vertex) {
        let taken = self.probe(digest).count();
        let slot = self.slot(digest, taken);
        self.slots[slot] = Some(vertex);
    }

    /// The vertices in the slots from the digest's own to the next empty one.
    fn probe(&self, digest: &Digest) -> impl Iterator<Item = Vertex> {
        (0..self.slots.len()).map_while(|step| self.slots[self.slot(digest, step)])
    }

    fn slot(&self, digest: &Digest, step: usize) -> usize {
        let [a, b, c, d, ..] = *digest.as_bytes();
        // The number of slots is a power of two.
        (u32::from_le_bytes([a, b, c, d]) as usize + step) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{File, Graph, MkDir};

    #[test]
    fn finds_what_was_inserted_and_nothing_else() {
        let mut graph = Graph::new();
        let vertices: Vec<_> =
            (0..1000).map(|n| graph.add(File::new(None, MkDir::new(n.to_string())))).collect();
        let digest_of = |vertex| graph.digest(vertex);
        let mut interned = Interned::default();
        for (count, vertex) in vertices.iter().enumerate() {
            assert_eq!(interned.find(&digest_of(*vertex), digest_of), None);
            interned.insert(&digest_of(*vertex), *vertex, digest_of);
            for known in &vertices[count.saturating_sub(3)..=count] {
                assert_eq!(interned.find(&digest_of(*known), digest_of), Some(*known));
            }
        }
        for vertex in &vertices {
            assert_eq!(interned.find(&digest_of(*vertex), digest_of), Some(*vertex));
        }
        assert_eq!(interned.find(&Digest::of(b"other"), digest_of), None);
        assert!(interned.slots.len() <= 4096);
    }
}
