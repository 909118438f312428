//! `frontend.plan`: everything that the build does, for each platform.

use buildkit_gateway::Status;

use super::Answer;
use crate::render::{Built, plans, text};

#[expect(clippy::unnecessary_wraps, reason = "the table of questions holds some that can fail")]
pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let json = plans(builds);
    Ok(Answer { text: text(&json), json, status: None })
}
