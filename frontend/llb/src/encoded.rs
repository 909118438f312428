//! Encodes a definition to bytes.

use buildkit_proto::pb::Definition;
use prost::Message as _;

use crate::nodes::Node;
use crate::topological_order::TopologicalOrder;
use crate::writer::Writer;
use crate::{Capability, Digest, Graph, Limits, Location, Output, Position, SourceInfo};

impl Graph {
    /// Encodes the definition of an output.
    ///
    /// The result is the encoding of [`definition`](Self::definition) plus the resource limits of steps, for which the generated
    /// message has no field. It takes a third of the time, because data is copied only into the result.
    #[must_use]
    pub fn encode(&self, output: Option<Output>, sources: &[SourceInfo]) -> Vec<u8> {
        let Some(order) = TopologicalOrder::of(self, output, sources) else { return Vec::new() };
        let size: usize = order.vertices.iter().map(|vertex| self.node(*vertex).bytes.len() + 400).sum();
        let files: usize = order.infos.iter().map(|info| info.data.len()).sum();
        let mut writer = Writer::with_capacity(size + files + 1024);
        for vertex in &order.vertices {
            writer.element(1, &[&self.node(*vertex).bytes]);
        }
        writer.element(1, &[&order.terminal]);
        let terminal = Digest::of(&order.terminal);
        let before = order.sorted.partition_point(|(digest, _)| *digest < terminal);
        for (digest, vertex) in &order.sorted[..before] {
            encode_metadata(digest, self.node(*vertex), &mut writer);
        }
        encode_entry(2, &terminal, &mut writer, |w| {
            encode_needs(order.terminal_needs.iter().copied(), w);
        });
        for (digest, vertex) in &order.sorted[before..] {
            encode_metadata(digest, self.node(*vertex), &mut writer);
        }
        writer.message(3, |w| {
            for (digest, vertex) in &order.sorted {
                let mut locations = order.locations(self.node(*vertex)).peekable();
                if locations.peek().is_some() {
                    encode_entry(1, digest, w, |w| {
                        locations.for_each(|(source, location)| encode_location(source, location, w));
                    });
                }
            }
            order.infos.iter().for_each(|info| encode_info(info, w));
        });
        writer.into_bytes()
    }
}

/// Encodes an entry of a map whose keys are digests.
fn encode_entry(field: u32, digest: &Digest, writer: &mut Writer, value: impl FnOnce(&mut Writer)) {
    writer.message(field, |w| {
        w.element(1, &[&digest.text()]);
        w.message(2, value);
    });
}

fn encode_metadata(digest: &Digest, node: &Node, writer: &mut Writer) {
    encode_entry(2, digest, writer, |w| {
        w.flag(1, node.metadata.ignore_cache);
        for (key, text) in node.metadata.texts() {
            w.message(2, |w| {
                w.string(1, key);
                w.string(2, text);
            });
        }
        if let Some(export) = node.metadata.export_cache {
            w.message(4, |w| w.flag(1, export));
        }
        if node.other_needs.is_empty() {
            encode_needs(node.capabilities.iter().map(Capability::id), w);
        } else {
            encode_needs(node.needs().into_iter(), w);
        }
        if let Some(group) = &node.metadata.progress_group {
            w.message(6, |w| {
                w.string(1, &group.id);
                w.string(2, &group.name);
                w.flag(3, group.weak);
            });
        }
        if let Some(limits) = &node.metadata.limits {
            w.message(7, |w| encode_limits(limits, w));
        }
    });
}

fn encode_limits(limits: &Limits, w: &mut Writer) {
    w.int(1, limits.memory);
    w.int(2, limits.memory_swap);
    w.uint(3, limits.cpu_shares);
    w.uint(4, limits.cpu_period);
    w.int(5, limits.cpu_quota);
    w.string(6, &limits.cpuset_cpus);
    w.string(7, &limits.cpuset_mems);
}

fn encode_needs<'a>(ids: impl Iterator<Item = &'a str>, writer: &mut Writer) {
    for id in ids {
        writer.message(5, |w| {
            w.string(1, id);
            w.flag(2, true);
        });
    }
}

fn encode_location(source: usize, location: &Location, writer: &mut Writer) {
    let position = |field: u32, at: Position, w: &mut Writer| {
        w.message(field, |w| {
            w.uint(1, at.line.into());
            w.uint(2, at.character.into());
        });
    };
    writer.message(1, |w| {
        w.uint(1, source as u64);
        for range in &location.ranges {
            w.message(2, |w| {
                position(1, range.start, w);
                position(2, range.end, w);
            });
        }
    });
}

fn encode_info(info: &SourceInfo, writer: &mut Writer) {
    writer.message(2, |w| {
        w.string(1, &info.filename);
        w.bytes(2, &info.data);
        if let Some(definition) = &info.definition {
            w.element(3, &[&Definition::encode_to_vec(definition)]);
        }
        w.string(4, &info.language);
    });
}
