//! The graph: every operation once, identified by its content.

use std::collections::BTreeMap;

use crate::encode::{Encode, Inputs, Root, encode_input};
use crate::nodes::{Node, Nodes};
use crate::operation::FieldOrder;
use crate::writer::Writer;
use crate::{Capability, Diff, Digest, Location, Merge, Metadata, Operation, Output, Vertex};

/// A set of operations, with metadata and source locations beside them.
///
/// A vertex belongs to the graph that returned it. Functions that take a vertex panic if its index lies outside of the graph,
/// as that of a vertex of a larger graph does.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) nodes: Nodes,
    order: FieldOrder,
    retention: Retention,
    buffers: EncodeBuffers,
}

/// What a graph stores of its operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Retention {
    /// The encoded bytes.
    #[default]
    Bytes,
    /// The encoded bytes and the operations themselves.
    Operations,
}

/// Buffers that every call of [`Graph::add`] reuses.
#[derive(Clone, Debug, Default)]
struct EncodeBuffers {
    inputs: Inputs,
    head: Writer,
    body: Writer,
}

impl Graph {
    /// Creates an empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty graph that encodes operations with this field order.
    #[must_use]
    pub fn in_order(order: FieldOrder) -> Self {
        Self { order, ..Self::default() }
    }

    /// Returns the same graph, set to retain the operations that are added from now on. [`operation`](Self::operation) returns them.
    #[must_use]
    pub fn retain_operations(self) -> Self {
        Self { retention: Retention::Operations, ..self }
    }

    /// Whether the graph retains its operations.
    #[must_use]
    pub fn retains_operations(&self) -> bool {
        self.retention == Retention::Operations
    }

    /// Returns the operation of a vertex. `None` if the operation was imported, or if the graph does not retain operations.
    #[must_use]
    pub fn operation(&self, vertex: Vertex) -> Option<&Operation> {
        self.node(vertex).operation.as_deref()
    }

    /// Creates an empty graph that encodes operations with the field order of this one.
    #[must_use]
    pub fn empty_with_same_order(&self) -> Self {
        Self::in_order(self.order)
    }

    /// Adds an operation and returns its vertex. Equal operations have the same vertex.
    ///
    /// The operation is encoded and hashed once, here. Its inputs must come from this graph.
    pub fn add(&mut self, operation: impl Into<Operation>) -> Vertex {
        self.add_ref(&operation.into())
    }

    /// Adds a borrowed operation and returns its vertex. Otherwise like [`add`](Self::add).
    pub fn add_ref(&mut self, operation: &Operation) -> Vertex {
        let retained = operation;
        let operation: &dyn Encode = operation.as_encode();
        // The inputs come first in the bytes, but they are known only after the rest is encoded.
        let EncodeBuffers { inputs, head, body } = &mut self.buffers;
        inputs.clear();
        head.clear();
        body.clear();
        operation.encode(inputs, body);
        let inputs = inputs.as_slice();
        for input in inputs {
            encode_input(&self.nodes.get(input.vertex).digest, input.index, head);
        }
        let (settings, op) = body.split_at_op();
        let parts = match self.order {
            FieldOrder::OpLast => [head.as_bytes(), settings, op],
            FieldOrder::ByNumber => [head.as_bytes(), op, settings],
        };
        let digest = Digest::of_parts(&parts);
        self.nodes.intern(digest, || Node {
            capabilities: operation.capabilities(),
            root: operation.root(),
            operation: (self.retention == Retention::Operations).then(|| Box::new(retained.clone())),
            ..Node::new(parts.concat(), digest, inputs.to_vec())
        })
    }

    /// Merges file systems; later ones lie on top of earlier ones.
    ///
    /// Scratch inputs are ignored. Without inputs the result is scratch, and with a single input the result is that input: no
    /// operation is added in these cases. Otherwise the merge requires [`Capability::Merge`].
    pub fn merge(&mut self, inputs: &[Option<Output>]) -> Option<Output> {
        let mut inputs = inputs.iter().copied().flatten();
        let first = inputs.next()?;
        let Some(second) = inputs.next() else { return Some(first) };
        let merge = Merge { first, second, rest: inputs.collect() };
        Some(self.add(merge).output(0))
    }

    /// Computes the changes that lead from `lower` to `upper`, as a file system.
    ///
    /// If `lower` is scratch, the result is `upper` and no operation is added. Otherwise the diff requires [`Capability::Diff`].
    pub fn diff(&mut self, lower: Option<Output>, upper: Option<Output>) -> Option<Output> {
        let Some(lower) = lower else { return upper };
        Some(self.add(Diff { lower, upper }).output(0))
    }

    /// Returns the root file system after an operation. This is the first output; for a step with a read-only root it is the
    /// root that the step started from.
    #[must_use]
    pub fn root(&self, vertex: Vertex) -> Option<Output> {
        match self.node(vertex).root {
            Root::FirstOutput => Some(vertex.output(0)),
            Root::Unchanged(root) => root,
        }
    }

    /// Adds metadata to a vertex. Metadata never changes the digest of the vertex. [`Metadata`] says how the metadata of two calls
    /// is combined.
    pub fn describe(&mut self, vertex: Vertex, metadata: Metadata) {
        let node = self.nodes.get_mut(vertex);
        node.metadata.join(metadata);
        node.capabilities.insert_if(node.metadata.limits.is_some(), Capability::ExecMetaLinuxResources);
    }

    /// Adds a source location to a vertex. A vertex can have several locations, and BuildKit shows all of them when the
    /// operation fails. A location that the vertex already has is ignored.
    pub fn locate(&mut self, vertex: Vertex, location: Location) {
        let locations = &mut self.nodes.get_mut(vertex).locations;
        if !locations.contains(&location) {
            // Few vertices have a second location.
            locations.reserve_exact(1);
            locations.push(location);
        }
    }

    /// Returns the source locations of a vertex.
    #[must_use]
    pub fn locations(&self, vertex: Vertex) -> &[Location] {
        &self.node(vertex).locations
    }

    /// Returns the digest of a vertex: the SHA-256 of its bytes in the definition.
    #[must_use]
    pub fn digest(&self, vertex: Vertex) -> Digest {
        self.node(vertex).digest
    }

    /// Returns the vertex with this digest, if the graph has one.
    #[must_use]
    pub fn find(&self, digest: &Digest) -> Option<Vertex> {
        self.nodes.find(digest)
    }

    /// Returns the metadata of a vertex.
    #[must_use]
    pub fn metadata(&self, vertex: Vertex) -> &Metadata {
        &self.node(vertex).metadata
    }

    /// Returns the inputs of a vertex: the file systems that it builds on.
    #[must_use]
    pub fn inputs(&self, vertex: Vertex) -> &[Output] {
        &self.node(vertex).inputs
    }

    /// Returns the capabilities that the daemon needs in order to build an output, each with the vertices that require it.
    ///
    /// Operations and resource limits require capabilities. Those of other metadata are not listed: every BuildKit since 0.3
    /// has them.
    #[must_use]
    pub fn capabilities(&self, output: Option<Output>) -> BTreeMap<Capability, Vec<Vertex>> {
        let mut needs = BTreeMap::<_, Vec<_>>::new();
        for vertex in self.reachable(output) {
            for capability in self.node(vertex).capabilities.iter() {
                needs.entry(capability).or_default().push(vertex);
            }
        }
        needs
    }

    /// Returns the vertices that an output is built from, in topological order: inputs come before their users.
    ///
    /// The order depends only on the inputs of the operations, and not on the order in which they were added.
    #[must_use]
    pub fn reachable(&self, output: Option<Output>) -> Vec<Vertex> {
        let mut seen = vec![false; self.nodes.len()];
        let mut order = Vec::new();
        // Each entry is a vertex and the number of its inputs that were visited. This is a loop and not a recursion because
        // chains of operations can be longer than the stack allows.
        let mut path = Vec::new();
        if let Some(output) = output {
            seen[output.vertex.index()] = true;
            path.push((output.vertex, 0));
        }
        while let Some((vertex, visited)) = path.last_mut() {
            if let Some(input) = self.node(*vertex).inputs.get(*visited) {
                *visited += 1;
                if !std::mem::replace(&mut seen[input.vertex.index()], true) {
                    path.push((input.vertex, 0));
                }
            } else {
                order.push(*vertex);
                path.pop();
            }
        }
        order
    }

    pub(crate) fn node(&self, vertex: Vertex) -> &Node {
        self.nodes.get(vertex)
    }
}
