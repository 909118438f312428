//! `frontend.plan`: shows everything that the build does, for each platform.

use buildkit_gateway::Status;

use super::Answer;
use crate::render::{Built, plan_text, plans};

#[expect(clippy::unnecessary_wraps, reason = "the table of subrequests has some that can fail")]
pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let json = plans(builds);
    Ok(Answer { text: plan_text(&json), json, ..Answer::default() })
}
