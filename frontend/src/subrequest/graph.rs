//! `frontend.convertllb`: the graph of operations that a build runs, in the form of Docker's own, and as a list for people.

use buildkit_llb::{Graph, Output, SourceInfo, dump, json};

use super::Answer;

/// The version of the form that Docker's frontend answers in.
pub(super) const VERSION: &str = "0.1.0";

pub(super) fn answer(graph: &Graph, output: Option<Output>, infos: &[SourceInfo]) -> Answer {
    let json = json(&graph.encode(output, infos));
    Answer { json, text: dump(&graph.definition(output, infos)), status: None }
}
