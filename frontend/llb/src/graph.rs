//! The graph: operations by content, each once.

use std::collections::BTreeMap;

use crate::encode::{Encode, Inputs, Root, encode_input};
use crate::nodes::{Node, Nodes};
use crate::operation::FieldOrder;
use crate::writer::Writer;
use crate::{Capability, Diff, Digest, Location, Merge, Metadata, Operation, Output, Vertex};

/// Operations, each held once, and what is known about them beside their content.
///
/// A vertex belongs to the graph that gave it; functions that take one panic when it comes from a larger graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) nodes: Nodes,
    order: FieldOrder,
    retention: Retention,
    scratch: Scratch,
}

/// What a graph holds of its operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Retention {
    /// Their bytes.
    #[default]
    Bytes,
    /// The operations themselves too.
    Operations,
}

/// Memory that is used again for every operation.
#[derive(Clone, Debug, Default)]
struct Scratch {
    inputs: Inputs,
    head: Writer,
    body: Writer,
}

impl Graph {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty graph, whose operations are written in this order.
    #[must_use]
    pub fn in_order(order: FieldOrder) -> Self {
        Self { order, ..Self::default() }
    }

    /// The same graph, which keeps what is added from now on, for [`operation`](Self::operation).
    #[must_use]
    pub fn retain_operations(self) -> Self {
        Self { retention: Retention::Operations, ..self }
    }

    /// Whether it keeps its operations.
    #[must_use]
    pub fn retains_operations(&self) -> bool {
        self.retention == Retention::Operations
    }

    /// An operation; nothing for one that was imported, or of a graph that does not keep them.
    #[must_use]
    pub fn operation(&self, vertex: Vertex) -> Option<&Operation> {
        self.node(vertex).operation.as_deref()
    }

    /// An empty graph, whose operations are written as those of this one.
    #[must_use]
    pub fn empty_with_same_order(&self) -> Self {
        Self::in_order(self.order)
    }

    /// Adds an operation, or finds it: equal operations are one vertex.
    ///
    /// The operation is encoded and hashed here, once. Its inputs must come from this graph.
    pub fn add(&mut self, operation: impl Into<Operation>) -> Vertex {
        self.add_ref(&operation.into())
    }

    /// As [`add`](Self::add), of an operation that the caller keeps.
    pub fn add_ref(&mut self, operation: &Operation) -> Vertex {
        let kept = operation;
        let operation: &dyn Encode = operation.as_encode();
        // Inputs come first in the bytes, but which they are shows only when the rest is written.
        let Scratch { inputs, head, body } = &mut self.scratch;
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
            operation: (self.retention == Retention::Operations).then(|| Box::new(kept.clone())),
            ..Node::new(parts.concat(), digest, inputs.to_vec())
        })
    }

    /// The file systems laid over each other, later ones on top.
    ///
    /// Scratch adds nothing and is left out; of nothing the merge is scratch, of one file system it is that one. Only
    /// otherwise an operation is added. Needs [`Capability::Merge`].
    pub fn merge(&mut self, inputs: &[Option<Output>]) -> Option<Output> {
        let mut inputs = inputs.iter().copied().flatten();
        let first = inputs.next()?;
        let Some(second) = inputs.next() else { return Some(first) };
        let merge = Merge { first, second, rest: inputs.collect() };
        Some(self.add(merge).output(0))
    }

    /// What `upper` has over `lower`, as a file system of its own.
    ///
    /// Over scratch that is `upper` itself, and no operation is added. Needs [`Capability::Diff`].
    pub fn diff(&mut self, lower: Option<Output>, upper: Option<Output>) -> Option<Output> {
        let Some(lower) = lower else { return upper };
        Some(self.add(Diff { lower, upper }).output(0))
    }

    /// The root file system that an operation leaves: its first output, or, for a step whose root is read-only, what the
    /// step was given.
    #[must_use]
    pub fn root(&self, vertex: Vertex) -> Option<Output> {
        match self.node(vertex).root {
            Root::FirstOutput => Some(vertex.output(0)),
            Root::Unchanged(root) => root,
        }
    }

    /// Adds to what is known about a vertex; never changes what it is. See [`Metadata`] for what happens when two
    /// descriptions meet on one vertex.
    pub fn describe(&mut self, vertex: Vertex, metadata: Metadata) {
        let node = self.nodes.get_mut(vertex);
        node.metadata.join(metadata);
        node.capabilities.insert_if(node.metadata.limits.is_some(), Capability::ExecMetaLinuxResources);
    }

    /// Adds a place that the vertex comes from. A vertex can have several, each once, and all are shown when it fails.
    pub fn locate(&mut self, vertex: Vertex, location: Location) {
        let locations = &mut self.nodes.get_mut(vertex).locations;
        if !locations.contains(&location) {
            // Hardly any has a second one.
            locations.reserve_exact(1);
            locations.push(location);
        }
    }

    /// The places that a vertex comes from.
    #[must_use]
    pub fn locations(&self, vertex: Vertex) -> &[Location] {
        &self.node(vertex).locations
    }

    /// The digest of a vertex: that of the bytes that stand in the definition.
    #[must_use]
    pub fn digest(&self, vertex: Vertex) -> Digest {
        self.node(vertex).digest
    }

    /// The vertex of this digest, if there is one.
    #[must_use]
    pub fn find(&self, digest: &Digest) -> Option<Vertex> {
        self.nodes.find(digest)
    }

    /// What is known about a vertex beside its content.
    #[must_use]
    pub fn metadata(&self, vertex: Vertex) -> &Metadata {
        &self.node(vertex).metadata
    }

    /// The file systems that a vertex builds on.
    #[must_use]
    pub fn inputs(&self, vertex: Vertex) -> &[Output] {
        &self.node(vertex).inputs
    }

    /// What building the output needs of the daemon, and for each need the vertices that have it.
    ///
    /// A capability is needed by the operation and its limits, not by other metadata: what that needs every BuildKit since
    /// 0.3 has.
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

    /// The vertices that the output is built from, inputs before their users.
    ///
    /// The order follows the inputs of each operation, so it is the same in whatever order they were added.
    #[must_use]
    pub fn reachable(&self, output: Option<Output>) -> Vec<Vertex> {
        let mut seen = vec![false; self.nodes.len()];
        let mut order = Vec::new();
        // A vertex and how many of its inputs were visited. A loop, not a recursion: chains can be long.
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
