//! `graph`: shows the operations of a build as a drawing, and as nodes and edges.

use buildkit_llb::{dot, nodes};
use serde_json::{Value, json};

use super::{Built, InfoSource};

/// Returns the graph of each platform as nodes and edges.
pub fn graphs(builds: &[Built<'_>]) -> Value {
    let graphs = builds.iter().map(|built| {
        let mut graph = nodes(&built.graph.definition(built.lowered.output, built.infos));
        for node in graph["nodes"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            // Without a builder, bases are not pinned, so the digests would differ from those of a build.
            if built.info_source == InfoSource::File {
                node.shift_remove("digest");
            }
        }
        json!({
            "target": built.plan.target,
            "platform": built.target.to_string(),
            "nodes": graph["nodes"],
            "edges": graph["edges"],
        })
    });
    json!({"graphs": graphs.collect::<Vec<_>>()})
}

/// Renders the graphs in the language of Graphviz, one after the other.
pub fn graph_text(builds: &[Built<'_>]) -> String {
    let graphs = builds.iter().map(|built| {
        let graph = dot(&built.graph.definition(built.lowered.output, built.infos));
        format!("// {} for {}\n{graph}", built.plan.target, built.target)
    });
    graphs.collect()
}
