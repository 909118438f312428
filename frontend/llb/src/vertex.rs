//! Handles: an operation of a graph, and the file systems that it makes.

/// An operation of a [`Graph`](crate::Graph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex(u32);

impl Vertex {
    /// One of the file systems that the operation makes. All operations but [`Exec`](crate::Exec) have the output 0
    /// alone; [`Exec::output`](crate::Exec::output) numbers those of a step.
    #[must_use]
    pub fn output(self, index: u32) -> Output {
        Output { vertex: self, index }
    }

    pub(crate) fn at(index: usize) -> Self {
        Self(index as u32)
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A file system made by an operation. Where an `Option<Output>` stands, `None` is scratch, the empty file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    /// The operation that makes it.
    pub vertex: Vertex,
    /// Which of its file systems.
    pub index: u32,
}
