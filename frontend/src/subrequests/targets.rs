//! `frontend.targets`: lists what can be built. The answer has the format that Docker's clients know
//! (`frontend/subrequests/targets`).

use buildkit_gateway::Status;
use buildkit_names::redacted;
use serde_json::{Value, json};

use super::text::table;
use super::{Answer, FileRequest, files, filled, location};
use crate::render::redact;

pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let listed = request.family()?.listed_targets(request.query);
    let targets = listed.iter().map(|one| {
        filled([
            ("name", json!(one.name)),
            ("default", json!(one.default)),
            ("description", json!(one.description)),
            ("base", json!(one.base)),
            ("platform", json!(one.platforms.join(","))),
            ("location", location(one.span, request.sources)),
        ])
    });
    let targets: Vec<Value> = targets.collect();
    let rows = listed.iter().map(|one| {
        let mark = if one.default { " (default)" } else { "" };
        [format!("{}{mark}", one.name), one.description.clone().unwrap_or_default()]
    });
    Ok(Answer {
        json: redact(json!({"targets": targets, "sources": files(request.sources)})),
        text: redacted(&table(1, ["TARGET", "DESCRIPTION"], rows)).into_owned(),
        ..Answer::default()
    })
}
