//! Builds a definition as a protobuf message.

use std::collections::BTreeMap;

use buildkit_names::map_of;
use buildkit_proto::pb;

use crate::topological_order::TopologicalOrder;
use crate::{Definition, Digest, Graph, Location, Metadata, Output, Position, SourceInfo, Vertex};

impl Graph {
    /// Builds the definition of an output.
    ///
    /// The definition has the operations that the output is built from, in topological order, and a terminal operation that
    /// names the output. The definition of scratch is empty.
    ///
    /// `sources` are the files that locations refer to. Files without a location are left out, and so are locations in a file
    /// that is not in `sources`.
    ///
    /// The message has no field for the resource limits of steps. It declares the capability that they require, but it does not
    /// contain them; [`encode`](Self::encode) does.
    ///
    /// The result does not depend on the order in which operations were added.
    #[must_use]
    pub fn definition(&self, output: Option<Output>, sources: &[SourceInfo]) -> Definition {
        let Some(order) = TopologicalOrder::of(self, output, sources) else { return Definition::default() };
        let mut def: Vec<_> = order.vertices.iter().map(|vertex| self.node(*vertex).bytes.clone()).collect();
        let mut metadata = BTreeMap::new();
        metadata.extend(
            order.sorted.iter().map(|(digest, vertex)| (digest.to_string(), self.op_metadata(*vertex))),
        );
        let caps = capabilities(order.terminal_needs.iter().copied());
        let terminal = pb::OpMetadata { caps, ..pb::OpMetadata::default() };
        metadata.insert(Digest::of(&order.terminal).to_string(), terminal);
        let locations = order.sorted.iter().filter_map(|(digest, vertex)| {
            let locations: Vec<_> = order
                .locations(self.node(*vertex))
                .map(|(source, location)| proto_location(source, location))
                .collect();
            (!locations.is_empty()).then(|| (digest.to_string(), pb::Locations { locations }))
        });
        let source = pb::Source {
            locations: map_of(locations),
            infos: order.infos.iter().map(|info| source_info(info)).collect(),
        };
        def.push(order.terminal);
        Definition { def, metadata, source: Some(source) }
    }

    fn op_metadata(&self, vertex: Vertex) -> pb::OpMetadata {
        let node = self.node(vertex);
        let Metadata { ignore_cache, export_cache, progress_group, .. } = &node.metadata;
        pb::OpMetadata {
            ignore_cache: *ignore_cache,
            description: map_of(node.metadata.texts().map(|(key, text)| (key.into(), text.into()))),
            export_cache: export_cache.map(|value| pb::ExportCache { value }),
            caps: capabilities(node.needs()),
            progress_group: progress_group.as_ref().map(|group| pb::ProgressGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                weak: group.weak,
            }),
        }
    }
}

fn capabilities<'a>(ids: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, bool> {
    let mut map = BTreeMap::new();
    map.extend(ids.into_iter().map(|id| (id.to_owned(), true)));
    map
}

fn source_info(info: &SourceInfo) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: info.filename.clone(),
        data: info.data.to_vec(),
        definition: info.definition.clone(),
        language: info.language.clone(),
    }
}

fn proto_location(source: usize, location: &Location) -> pb::Location {
    let position = |at: Position| Some(pb::Position { line: at.line as i32, character: at.character as i32 });
    let ranges = location.ranges.iter();
    pb::Location {
        source_index: source as i32,
        ranges: ranges
            .map(|range| pb::Range { start: position(range.start), end: position(range.end) })
            .collect(),
    }
}
