//! `frontend.schema`: returns the JSON Schema of build files, for editors. It does not depend on the build file.

use buildkit_gateway::Status;

use super::{Answer, FileRequest};

pub(super) fn answer(_: &FileRequest<'_>) -> Result<Answer, Status> {
    let text = varve_spec::json_schema();
    Ok(Answer { json: serde_json::from_str(&text).unwrap_or_default(), text, ..Answer::default() })
}
