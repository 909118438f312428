//! `frontend.schema`: the JSON Schema of build files, for editors. It is the same for all of them.

use buildkit_gateway::Status;

use super::{Answer, Subject};

pub(super) fn answer(_: &Subject<'_>) -> Result<Answer, Status> {
    let text = varve_spec::json_schema();
    Ok(Answer { json: serde_json::from_str(&text).unwrap_or_default(), text, status: None })
}
