//! The contents of a definition, computed once for both of its encoders.

use std::collections::BTreeSet;

use crate::encode::encode_input;
use crate::nodes::Node;
use crate::writer::Writer;
use crate::{Digest, Graph, Location, Output, SourceInfo, Vertex};

/// The operations of a definition in topological order, and the data that belongs to the definition as a whole.
pub(crate) struct TopologicalOrder<'a> {
    /// The operations; inputs come before their users.
    pub(crate) vertices: Vec<Vertex>,
    /// The same operations sorted by digest, which is the order of maps.
    pub(crate) sorted: Vec<(Digest, Vertex)>,
    /// The bytes of the last operation, which has one input and nothing else.
    pub(crate) terminal: Vec<u8>,
    /// The capabilities that the definition as a whole requires (`State.Marshal` in client/llb/state.go).
    pub(crate) terminal_needs: BTreeSet<&'static str>,
    /// The source files that the operations have locations in.
    pub(crate) infos: Vec<&'a SourceInfo>,
    /// The index in `infos` of each file that the caller passed.
    renumbered: Vec<Option<usize>>,
}

impl<'a> TopologicalOrder<'a> {
    /// Computes the contents of the definition of an output. `None` for scratch.
    pub(crate) fn of(graph: &Graph, output: Option<Output>, sources: &'a [SourceInfo]) -> Option<Self> {
        let output = output?;
        let vertices = graph.reachable(Some(output));
        let mut sorted: Vec<_> = vertices.iter().map(|vertex| (graph.digest(*vertex), *vertex)).collect();
        sorted.sort_unstable();
        let mut writer = Writer::default();
        encode_input(&graph.digest(output.vertex), output.index, &mut writer);
        let mut terminal_needs = BTreeSet::from(["constraints", "platform"]);
        let mut infos = Vec::new();
        let mut renumbered = vec![None; sources.len()];
        for vertex in &vertices {
            let node = graph.node(*vertex);
            for (needed, id) in [
                (node.metadata.ignore_cache, "meta.ignorecache"),
                (node.metadata.texts().next().is_some(), "meta.description"),
                (node.metadata.export_cache.is_some(), "meta.exportcache"),
            ] {
                if needed {
                    terminal_needs.insert(id);
                }
            }
            for location in &node.locations {
                if let Some(info) = sources.get(location.source) {
                    renumbered[location.source].get_or_insert_with(|| {
                        infos.push(info);
                        infos.len() - 1
                    });
                }
            }
        }
        let terminal = writer.as_bytes().to_vec();
        Some(Self { vertices, sorted, terminal, terminal_needs, infos, renumbered })
    }

    /// Returns the locations of an operation, with the indexes of their files in `infos`.
    pub(crate) fn locations<'n>(&self, node: &'n Node) -> impl Iterator<Item = (usize, &'n Location)> {
        node.locations.iter().filter_map(|location| {
            let source = self.renumbered.get(location.source).copied().flatten()?;
            Some((source, location))
        })
    }
}
