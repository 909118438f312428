//! The operations of a build in a form that is the same on every machine: what they read of the context is there by its content.

use std::collections::BTreeMap;

use buildkit_llb::{Digest, Graph, LocalIdentity, LocalSource, Operation, Output, Vertex};
use varve_frontend::render::Built;

use super::content::Content;
use crate::answer::Failure;

/// The digests of `varve-rootfs`, as they are kept beside its source.
const DIGESTS: &str = include_str!("../../../rootfs/digests.txt");

/// The operations that an image is built from.
pub(crate) struct Canonical {
    graph: Graph,
    root: Option<Output>,
}

impl Canonical {
    /// Converts the operations of a build without a builder.
    ///
    /// # Errors
    /// A file of the context cannot be read.
    pub(crate) fn of(built: &Built<'_>, content: &Content<'_>) -> Result<Self, Failure> {
        let mut graph = Graph::new();
        let mut new: BTreeMap<Vertex, Vertex> = BTreeMap::new();
        let mut failure = None;
        for vertex in built.graph.reachable(built.lowered.output) {
            let Some(mut operation) = built.graph.operation(vertex).cloned() else { continue };
            if built.context.is_some_and(|context| context.vertex == vertex) {
                continue;
            }
            if built.program.is_some_and(|program| program.vertex == vertex) {
                new.insert(vertex, graph.add(stand_in("varve-rootfs", rootfs_digest().to_owned())));
                continue;
            }
            operation.replace_inputs(|input, read| match new.get(&input.vertex) {
                Some(vertex) => vertex.output(input.index),
                None => {
                    let digest = content.digest(read).unwrap_or_else(|error| {
                        failure.get_or_insert(error);
                        Digest::of(b"")
                    });
                    graph.add(stand_in("context", digest.to_string())).output(0)
                }
            });
            new.insert(vertex, graph.add(operation));
        }
        let root = built.lowered.output.and_then(|root| Some(new.get(&root.vertex)?.output(root.index)));
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Self { graph, root }),
        }
    }

    /// The digest of the last operation, and with it of all. `None` for an empty image.
    pub(crate) fn digest(&self) -> Option<(Digest, u32)> {
        self.root.map(|root| (self.graph.digest(root.vertex), root.index))
    }
}

/// An operation that stands for content with a digest.
fn stand_in(name: &str, digest: String) -> Operation {
    LocalSource { identity: LocalIdentity::Unique(digest), ..LocalSource::new(name, "") }.into()
}

/// The digest of the program that this release runs inside of builds: the last word of the last line.
fn rootfs_digest() -> &'static str {
    DIGESTS.split_whitespace().next_back().unwrap_or_default()
}
