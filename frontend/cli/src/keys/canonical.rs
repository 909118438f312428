//! The operations of a build in a form that is the same on every machine: what they read of the context is there by its content.

use std::collections::BTreeMap;
use std::rc::Rc;

use buildkit_llb::{Digest, Graph, LocalIdentity, LocalSource, Operation, Output, Read, Vertex, json};
use serde_json::{Map, Value};
use varve_frontend::render::Built;

use super::content::{Content, Found};
use crate::answer::Failure;

/// The digests of `varve-rootfs`, as they are kept beside its source.
const DIGESTS: &str = include_str!("../../../rootfs/digests.txt");

/// The operations that an image is built from.
pub(crate) struct Canonical {
    /// The operations, inputs first.
    pub(crate) operations: Vec<CanonicalOperation>,
    /// The file system of the image, and those of its facts: the last operation, and which of its outputs it is. `None` if it is empty.
    pub(crate) roots: Vec<Option<(Digest, u32)>>,
    graph: Graph,
    outputs: Vec<Output>,
}

/// An operation, which may read the context.
pub(crate) struct CanonicalOperation {
    /// The digest of the operation and of everything that it is built from.
    pub(crate) digest: Digest,
    /// The operation of the build.
    pub(crate) vertex: Vertex,
    /// The operation with what it reads of the context in place of the context, and with inputs of a graph that is gone.
    pub(crate) operation: Operation,
    /// The operations that it is built from, as indices of the list, in the order of the inputs and each once.
    pub(crate) inputs: Vec<usize>,
    /// What it reads of the context.
    pub(crate) reads: Vec<Rc<Found>>,
}

impl Canonical {
    /// Converts the operations of a build without a builder.
    ///
    /// # Errors
    /// A file of the context cannot be read.
    pub(crate) fn of(built: &Built<'_>, content: &Content<'_>) -> Result<Self, Failure> {
        let is =
            |output: Option<Output>, vertex: Vertex| output.is_some_and(|output| output.vertex == vertex);
        let mut graph = Graph::new();
        // The vertices of the build, each with its new vertex and its index in the list.
        let mut new: BTreeMap<Vertex, (Vertex, usize)> = BTreeMap::new();
        let mut operations: Vec<CanonicalOperation> = Vec::new();
        let mut failure = None;
        let facts = built.lowered.facts.iter().map(|fact| fact.root);
        let roots: Vec<Option<Output>> = [built.lowered.output].into_iter().chain(facts).collect();
        for vertex in roots.iter().flat_map(|root| built.graph.reachable(*root)) {
            if is(built.context, vertex) || new.contains_key(&vertex) {
                continue;
            }
            let mut operation = built.graph.operation(vertex).cloned().ok_or_else(|| {
                Failure::File(
                    "this is a bug in varve: an operation of a build without a builder is not known"
                        .to_owned(),
                )
            })?;
            if is(built.program, vertex) {
                operation = stand_in("varve-rootfs", rootfs_digest().to_owned());
            }
            let mut reads = Vec::new();
            let mut of_context = |read: Read<'_>| match content.read(read) {
                Ok(found) => {
                    reads.push(Rc::clone(&found));
                    graph.add(stand_in("context", found.digest.to_string()))
                }
                Err(error) => {
                    failure.get_or_insert(error);
                    graph.add(stand_in("context", String::new()))
                }
            };
            let mut inputs = Vec::new();
            operation.replace_inputs(|input, read| {
                let vertex = match new.get(&input.vertex) {
                    Some((vertex, index)) => {
                        if !inputs.contains(index) {
                            inputs.push(*index);
                        }
                        *vertex
                    }
                    None => of_context(read),
                };
                vertex.output(input.index)
            });
            let changed = graph.add_ref(&operation);
            new.insert(vertex, (changed, operations.len()));
            let digest = graph.digest(changed);
            operations.push(CanonicalOperation { digest, vertex, operation, inputs, reads });
        }
        let output = |root: Output| Some(new.get(&root.vertex)?.0.output(root.index));
        let roots: Vec<Option<Output>> = roots.into_iter().map(|root| root.and_then(output)).collect();
        let outputs = roots.iter().flatten().copied().collect();
        let digest = |output: Output| (graph.digest(output.vertex), output.index);
        let roots = roots.into_iter().map(|root| root.map(digest)).collect();
        failure.map_or(Ok(Self { operations, roots, graph, outputs }), Err)
    }

    /// The settings of each operation by its digest, in the form of [`buildkit_llb::json`].
    pub(crate) fn settings(&self) -> Map<String, Value> {
        let all = self.outputs.iter().map(|output| json(&self.graph.encode(Some(*output), &[])));
        all.filter_map(|mut json| json["def"].as_object_mut().map(std::mem::take)).flatten().collect()
    }
}

/// An operation that stands for content with a digest. No other operation has such a name and no session, since all operations that read the
/// context are replaced.
fn stand_in(name: &str, digest: String) -> Operation {
    LocalSource { identity: LocalIdentity::Unique(digest), ..LocalSource::new(name, "") }.into()
}

/// The digest of the program that this release runs inside of builds: the last word of the last line.
fn rootfs_digest() -> &'static str {
    DIGESTS.split_whitespace().next_back().unwrap_or_default()
}
