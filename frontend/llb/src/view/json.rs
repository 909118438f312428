//! The view of a definition as JSON.

mod message;
mod table;

use serde_json::{Map, Value, json};

use self::message::{Style, object};
use self::table::{OP, OP_METADATA, SOURCE};
use crate::Digest;
use crate::fields::{Fields, entry};

/// Renders the bytes of a definition as JSON, in the format of BuildKit's subrequest `convertllb`: operations by digest, metadata by
/// digest, and the source map.
///
/// Operations and the source map have the JSON mapping of protobuf. Metadata has the JSON of Go structs
/// (`frontend/subrequests/convertllb` of BuildKit). Operations that do not decode are `null`. Fields that this crate does not know
/// are left out.
///
/// ```
/// # use buildkit_llb::{json, Graph, File, MkDir};
/// let mut graph = Graph::new();
/// let dir = graph.add(File::new(None, MkDir::new("/srv")));
/// let json = json(&graph.encode(graph.root(dir), &[]));
/// let operation = &json["def"][graph.digest(dir).to_string()];
/// assert_eq!(operation["file"]["actions"][0]["mkdir"]["path"], "/srv");
/// ```
#[must_use]
pub fn json(definition: &[u8]) -> Value {
    let (mut def, mut metadata, mut source) = (Map::new(), Map::new(), json!({}));
    for (number, value) in Fields::of(definition).flatten() {
        let Some(bytes) = value.bytes() else { continue };
        match number {
            1 => {
                let op = object(OP, bytes, Style::Proto).unwrap_or_default();
                def.insert(Digest::of(bytes).to_string(), op);
            }
            2 => {
                let Some((digest, bytes)) = entry(bytes) else { continue };
                let known = object(OP_METADATA, bytes.bytes().unwrap_or_default(), Style::Go);
                metadata.insert(digest, known.unwrap_or_default());
            }
            3 => source = object(SOURCE, bytes, Style::Proto).unwrap_or_default(),
            _ => {}
        }
    }
    def.sort_keys();
    json!({"def": def, "metadata": metadata, "source": source})
}
