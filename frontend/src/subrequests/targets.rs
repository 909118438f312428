//! `frontend.targets`: what can be built, in the form that Docker's clients know (`frontend/subrequests/targets`).

use buildkit_gateway::Status;
use serde_json::{Value, json};

use super::text::table;
use super::{Answer, Subject, files, filled, location};

pub(super) fn answer(subject: &Subject<'_>) -> Result<Answer, Status> {
    let listed = subject.family()?.listed_targets(subject.question);
    let targets = listed.iter().map(|one| {
        filled([
            ("name", json!(one.name)),
            ("default", json!(one.default)),
            ("description", json!(one.description)),
            ("base", json!(one.base)),
            ("platform", json!(one.platforms.join(","))),
            ("location", location(one.span, subject.sources)),
        ])
    });
    let targets: Vec<Value> = targets.collect();
    let rows = listed.iter().map(|one| {
        let mark = if one.default { " (default)" } else { "" };
        [format!("{}{mark}", one.name), one.description.clone().unwrap_or_default()]
    });
    Ok(Answer {
        json: json!({"targets": targets, "sources": files(subject.sources)}),
        text: table(1, ["TARGET", "DESCRIPTION"], rows),
        status: None,
    })
}
