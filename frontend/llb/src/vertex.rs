//! Handles of operations and of the file systems that they produce.

/// A handle of an operation in a [`Graph`](crate::Graph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex(u32);

impl Vertex {
    /// Returns one of the file systems that the operation produces. Only [`Exec`](crate::Exec) has outputs other than 0;
    /// [`Exec::output`](crate::Exec::output) returns their indexes.
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

/// A file system that an operation produces. In an `Option<Output>`, `None` is scratch: the empty file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    /// The operation that produces the file system.
    pub vertex: Vertex,
    /// The index among the outputs of the operation.
    pub index: u32,
}
