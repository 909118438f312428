//! Imports definitions that other programs made into a graph.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use crate::encode::Root;
use crate::nodes::Node;
use crate::{
    Capability, Digest, Graph, ImportedDefinition, Location, Metadata, Output, Position, ProgressGroup,
    Range, SourceInfo, Vertex,
};

/// The reason why a definition cannot be imported. Operations are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes of an operation do not decode.
    #[error("operation {number} does not decode: {reason}")]
    Undecodable {
        /// The number of the operation.
        number: usize,
        /// The message of the decoder.
        reason: String,
    },
    /// An operation has an input that does not come before it.
    #[error("operation {number} builds on {digest}, which does not come before it")]
    MissingInput {
        /// The number of the operation.
        number: usize,
        /// The digest of the input.
        digest: String,
    },
    /// An operation has an input with an index that no output can have.
    #[error("operation {number} builds on output {index}")]
    InvalidOutput {
        /// The number of the operation.
        number: usize,
        /// The index of the output.
        index: i64,
    },
    /// The last operation does not name exactly one result.
    #[error("the last operation does not name one result")]
    NoResult,
}

impl Graph {
    /// Imports a definition and returns its result. Operations keep their bytes, their metadata and their locations.
    ///
    /// The source files of the definition are added to `sources`. The caller passes this list to
    /// [`definition`](Self::definition) or [`encode`](Self::encode) later. The result of an empty definition is scratch.
    ///
    /// All capabilities that an operation declares are declared again. [`capabilities`](Self::capabilities) lists only those that
    /// [`Capability`] knows.
    ///
    /// # Errors
    ///
    /// Returns an error if BuildKit would not accept the definition. The graph can then contain some of its operations; they do
    /// not change other outputs.
    pub fn import(
        &mut self,
        imported: &ImportedDefinition,
        sources: &mut Vec<SourceInfo>,
    ) -> Result<Option<Output>, ImportError> {
        let ImportedDefinition { definition, limits } = imported;
        let Some((terminal, operations)) = definition.def.split_last() else { return Ok(None) };
        let first_source = sources.len();
        let source = definition.source.as_ref();
        sources.extend(source.iter().flat_map(|source| &source.infos).map(source_info));
        let mut vertices = BTreeMap::new();
        for (index, bytes) in operations.iter().enumerate() {
            let number = index + 1;
            let op = decode(number, bytes)?;
            let digest = Digest::of(bytes);
            let inputs = op.inputs.iter().map(|input| find(number, input, &vertices));
            let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
            let text = digest.to_string();
            let metadata = definition.metadata.get(&text);
            let root = root(&op, &inputs);
            let needs =
                metadata.iter().flat_map(|metadata| &metadata.caps).filter_map(|(id, on)| on.then_some(id));
            let (known, other): (Vec<_>, Vec<_>) = needs.partition(|id| Capability::from_id(id).is_some());
            let vertex = self.nodes.intern(digest, || Node {
                capabilities: known.into_iter().filter_map(|id| Capability::from_id(id)).collect(),
                other_needs: other.into_iter().cloned().collect(),
                root,
                ..Node::new(bytes.clone(), digest, inputs)
            });
            if let Some(metadata) = metadata {
                let limits = limits.get(&text).cloned();
                self.describe(vertex, Metadata { limits, ..described(metadata) });
            }
            for location in
                source.and_then(|source| source.locations.get(&text)).iter().flat_map(|all| &all.locations)
            {
                if let Some(location) = located(location, first_source) {
                    self.locate(vertex, location);
                }
            }
            vertices.insert(text, vertex);
        }
        let number = operations.len() + 1;
        match decode(number, terminal)? {
            pb::Op { inputs, op: None, .. } if inputs.len() == 1 => {
                Ok(Some(find(number, &inputs[0], &vertices)?))
            }
            _ => Err(ImportError::NoResult),
        }
    }
}

fn decode(number: usize, bytes: &[u8]) -> Result<pb::Op, ImportError> {
    pb::Op::decode(bytes).map_err(|error| ImportError::Undecodable { number, reason: error.to_string() })
}

fn find(
    number: usize,
    input: &pb::Input,
    vertices: &BTreeMap<String, Vertex>,
) -> Result<Output, ImportError> {
    let Some(vertex) = vertices.get(&input.digest) else {
        return Err(ImportError::MissingInput { number, digest: input.digest.clone() });
    };
    let index = u32::try_from(input.index);
    Ok(vertex.output(index.map_err(|_| ImportError::InvalidOutput { number, index: input.index })?))
}

/// Returns where the root file system after an operation is found. A step with a read-only root does not change it.
fn root(op: &pb::Op, inputs: &[Output]) -> Root {
    let Some(pb::op::Op::Exec(exec)) = &op.op else { return Root::FirstOutput };
    match exec.mounts.iter().find(|mount| mount.dest == "/") {
        Some(mount) if mount.readonly => {
            Root::Unchanged(usize::try_from(mount.input).ok().and_then(|index| inputs.get(index)).copied())
        }
        _ => Root::FirstOutput,
    }
}

fn described(metadata: &pb::OpMetadata) -> Metadata {
    Metadata {
        ignore_cache: metadata.ignore_cache,
        export_cache: metadata.export_cache.map(|export| export.value),
        progress_group: metadata.progress_group.as_ref().map(|group| ProgressGroup {
            id: group.id.clone(),
            name: group.name.clone(),
            weak: group.weak,
        }),
        ..Metadata::from_texts(metadata.description.clone())
    }
}

fn located(location: &pb::Location, first_source: usize) -> Option<Location> {
    let position = |at: Option<pb::Position>| {
        let at = at.unwrap_or_default();
        Position { line: at.line.max(0).unsigned_abs(), character: at.character.max(0).unsigned_abs() }
    };
    let ranges = location.ranges.iter();
    Some(Location {
        source: first_source + usize::try_from(location.source_index).ok()?,
        ranges: ranges
            .map(|range| Range { start: position(range.start), end: position(range.end) })
            .collect(),
    })
}

fn source_info(info: &pb::SourceInfo) -> SourceInfo {
    SourceInfo {
        filename: info.filename.clone(),
        data: info.data.as_slice().into(),
        language: info.language.clone(),
        definition: info.definition.clone(),
    }
}
