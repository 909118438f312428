//! `frontend.explain`: shows for each platform where each step comes from, and what is omitted.

use buildkit_gateway::Status;

use super::Answer;
use crate::render::{Built, explain_text, explanations};

#[expect(clippy::unnecessary_wraps, reason = "the table of subrequests has some that can fail")]
pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let json = explanations(builds, None);
    Ok(Answer { text: explain_text(&json), json, ..Answer::default() })
}
