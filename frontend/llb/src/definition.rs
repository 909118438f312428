//! The graph as BuildKit takes it.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::operation::encode_input;
use crate::wire::Writer;
use crate::{Definition, Digest, Graph, Location, Metadata, Output, Position, SourceInfo, Vertex};

impl Graph {
    /// The definition of one output: the operations it is built from and nothing else, inputs before users, closed by the
    /// terminal operation that names the output. Scratch has the empty definition.
    ///
    /// `sources` are the files that locations point into; those that no emitted operation comes from are left out, and so
    /// are locations in a file that is not given. Only reads the graph: any number of definitions can be taken from one.
    #[must_use]
    pub fn definition(&self, output: Option<Output>, sources: &[SourceInfo]) -> Definition {
        let Some(output) = output else { return Definition::default() };
        let order = self.reachable(Some(output));
        let mut def: Vec<_> = order.iter().map(|vertex| self.nodes[vertex.index()].bytes.clone()).collect();
        let mut metadata: BTreeMap<_, _> = order
            .iter()
            .map(|vertex| (self.digest(*vertex).to_string(), self.op_metadata(*vertex)))
            .collect();
        let terminal = self.terminal(output);
        metadata.insert(Digest::of(&terminal).to_string(), terminal_metadata(metadata.values()));
        def.push(terminal);
        Definition { def, metadata, source: Some(self.source(&order, sources)) }
    }

    /// An operation with one input and nothing else.
    fn terminal(&self, output: Output) -> Vec<u8> {
        let mut writer = Writer::default();
        encode_input(&self.digest(output.vertex), output.index, &mut writer);
        writer.as_bytes().to_vec()
    }

    fn op_metadata(&self, vertex: Vertex) -> pb::OpMetadata {
        let node = &self.nodes[vertex.index()];
        let Metadata { name, ignore_cache, export_cache, progress_group, description } = &node.metadata;
        let mut description = description.clone();
        if let Some(name) = name {
            description.insert("llb.customname".into(), name.clone());
        }
        pb::OpMetadata {
            ignore_cache: *ignore_cache,
            description,
            export_cache: export_cache.map(|value| pb::ExportCache { value }),
            caps: node.capabilities.iter().map(|capability| (capability.id().into(), true)).collect(),
            progress_group: progress_group.as_ref().map(|group| pb::ProgressGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                weak: group.weak,
            }),
        }
    }

    fn source(&self, order: &[Vertex], sources: &[SourceInfo]) -> pb::Source {
        let mut used = vec![None; sources.len()];
        let mut infos = Vec::new();
        let mut locations = BTreeMap::new();
        for vertex in order {
            let node = &self.nodes[vertex.index()];
            let mut places = Vec::new();
            for location in &node.locations {
                let Some(info) = sources.get(location.source) else { continue };
                let source = *used[location.source].get_or_insert_with(|| {
                    infos.push(source_info(info));
                    infos.len() as i32 - 1
                });
                places.push(proto_location(location, source));
            }
            if !places.is_empty() {
                locations.insert(node.digest.to_string(), pb::Locations { locations: places });
            }
        }
        pb::Source { locations, infos }
    }
}

/// What the definition as a whole needs (`State.Marshal` in client/llb/state.go).
fn terminal_metadata<'a>(all: impl Iterator<Item = &'a pb::OpMetadata>) -> pb::OpMetadata {
    let mut caps = BTreeMap::from([("constraints".into(), true), ("platform".into(), true)]);
    for metadata in all {
        for (needed, id) in [
            (metadata.ignore_cache, "meta.ignorecache"),
            (!metadata.description.is_empty(), "meta.description"),
            (metadata.export_cache.is_some(), "meta.exportcache"),
        ] {
            if needed && !caps.contains_key(id) {
                caps.insert(id.into(), true);
            }
        }
    }
    pb::OpMetadata { caps, ..pb::OpMetadata::default() }
}

fn source_info(info: &SourceInfo) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: info.filename.clone(),
        data: info.data.to_vec(),
        definition: info.definition.clone(),
        language: info.language.clone(),
    }
}

fn proto_location(location: &Location, source: i32) -> pb::Location {
    let position = |at: Position| Some(pb::Position { line: at.line as i32, character: at.character as i32 });
    let ranges = location.ranges.iter();
    pb::Location {
        source_index: source,
        ranges: ranges
            .map(|range| pb::Range { start: position(range.start), end: position(range.end) })
            .collect(),
    }
}
