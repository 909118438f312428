//! `frontend.convertllb`: shows the operations that a build runs, in the format of Docker's frontend, and as a list for people.

use buildkit_gateway::Status;
use buildkit_llb::{dump, json};

use super::Answer;
use crate::render::Built;

/// The version of the format, which is that of Docker's frontend.
pub(super) const VERSION: &str = "0.1.0";

pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let [Built { graph, lowered, infos, .. }] = builds else {
        return Err(Status::user("convertllb prints one platform, but the request has several"));
    };
    let json = json(&graph.encode(lowered.output, infos));
    Ok(Answer { json, text: dump(&graph.definition(lowered.output, infos)), ..Answer::default() })
}
