//! `frontend.convertllb`: the graph of operations that a build runs, in the form of Docker's own, and as a list for people.

use buildkit_gateway::Status;
use buildkit_llb::{dump, json};

use super::Answer;
use crate::render::Built;

/// The version of the form that Docker's frontend answers in.
pub(super) const VERSION: &str = "0.1.0";

pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let [Built { graph, lowered, infos, .. }] = builds else {
        return Err(Status::user("the graph is that of one platform, and several are asked for"));
    };
    let json = json(&graph.encode(lowered.output, infos));
    Ok(Answer { json, text: dump(&graph.definition(lowered.output, infos)), status: None })
}
