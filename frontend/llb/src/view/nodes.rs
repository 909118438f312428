//! The view of a definition as nodes and edges.

use serde_json::{Map, Value, json};

use super::summarize::summarize;
use crate::Definition;

/// Renders a definition as a list of nodes and a list of edges, for programs that draw or traverse the graph.
///
/// A node has `number` (as in [`dump`](crate::dump)), `digest` (its first digits), `kind`, `does`, `name` if the operation has one,
/// and `facts` with a line for each field. An edge has `from`, `to` and the index of the `output`.
///
/// ```
/// # use buildkit_llb::{nodes, Graph, File, MkDir};
/// let mut graph = Graph::new();
/// let dir = graph.add(File::new(None, MkDir::new("/srv")));
/// let nodes = nodes(&graph.definition(graph.root(dir), &[]));
/// assert_eq!(nodes["nodes"][0]["facts"][0], "mkdir /srv mode=0755 parents");
/// assert_eq!(nodes["edges"][0], serde_json::json!({"from": 1, "to": 2, "output": 0}));
/// ```
#[must_use]
pub fn nodes(definition: &Definition) -> Value {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for summary in summarize(definition) {
        let mut node = Map::new();
        node.insert("number".into(), json!(summary.number));
        node.insert("digest".into(), json!(summary.digest));
        node.insert("kind".into(), json!(summary.kind));
        node.insert("does".into(), json!(summary.subject));
        if let Some(name) = &summary.name {
            node.insert("name".into(), json!(name));
        }
        node.insert("facts".into(), json!(summary.fields));
        nodes.push(Value::Object(node));
        for edge in &summary.inputs {
            let output = edge.label.split_once(':').and_then(|(_, output)| output.parse().ok()).unwrap_or(0);
            edges.push(match edge.from {
                Some(from) => json!({"from": from, "to": summary.number, "output": output}),
                None => json!({"from": null, "missing": edge.label, "to": summary.number}),
            });
        }
    }
    json!({"nodes": nodes, "edges": edges})
}
