//! `frontend.graph`: shows the operations of the build as a drawing for Graphviz, and as nodes and edges.

use buildkit_gateway::Status;

use super::Answer;
use crate::render::{Built, graph_text, graphs};

#[expect(clippy::unnecessary_wraps, reason = "the table of subrequests has some that can fail")]
pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    Ok(Answer { json: graphs(builds), text: graph_text(builds), ..Answer::default() })
}
