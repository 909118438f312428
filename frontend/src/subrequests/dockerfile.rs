//! `frontend.dockerfile`: renders the build as a Dockerfile.

use buildkit_gateway::Status;
use serde_json::json;

use super::Answer;
use crate::render::Built;
use crate::render::dockerfile::dockerfile;
use crate::util::report;

pub(super) fn answer(builds: &[Built<'_>]) -> Result<Answer, Status> {
    let [one] = builds else {
        return Err(Status::user("a Dockerfile is for one platform, but the request has several"));
    };
    let text = dockerfile(one).map_err(|errors| report::error(&errors, one.sources))?;
    let json = json!({"target": one.plan.target, "platform": one.target.to_string(), "dockerfile": text});
    Ok(Answer { json, text, ..Answer::default() })
}
