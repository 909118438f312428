//! `frontend.outline`: lists the parameters of the target. The answer has the format that Docker's clients know
//! (`frontend/subrequests/outline`).

use buildkit_gateway::Status;
use buildkit_names::redacted;
use serde_json::{Value, json};
use varve_spec::plan::Need;
use varve_spec::{Outline, Sources};

use super::text::table;
use super::{Answer, FileRequest, files, filled, location};
use crate::render::redact;
use crate::util::report;

pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let outline = request.family()?.outline(request.query);
    let outline = outline.map_err(|errors| report::error(&errors, request.sources))?;
    let text = redacted(&text(&outline)).into_owned();
    Ok(Answer { json: redact(json(&outline, request.sources)), text, ..Answer::default() })
}

fn json(outline: &Outline, sources: &Sources) -> Value {
    let args = outline.parameters.iter().map(|one| {
        filled([
            ("name", json!(one.name)),
            ("aliases", json!(one.aliases)),
            ("description", json!(one.description)),
            ("value", json!(one.value)),
            ("location", location(one.span, sources)),
        ])
    });
    let needs = |needs: &[Need]| {
        let needs = needs.iter().map(|need| {
            let location = location(need.span, sources);
            filled([("name", json!(need.id)), ("required", json!(need.required)), ("location", location)])
        });
        Value::Array(needs.collect())
    };
    let caches =
        outline.caches.iter().map(|cache| json!({"ID": cache.id, "location": location(cache.span, sources)}));
    filled([
        ("name", json!(outline.target)),
        ("description", json!(outline.description)),
        ("args", args.collect()),
        ("secrets", needs(&outline.secrets)),
        ("ssh", needs(&outline.ssh)),
        ("cache", caches.collect()),
        ("sources", json!(files(sources))),
    ])
}

/// Renders the text that Docker's clients print.
fn text(outline: &Outline) -> String {
    let mut text = match &outline.description {
        None => format!("TARGET: {}\n", outline.target),
        Some(about) => format!("TARGET:      {}\nDESCRIPTION: {about}\n", outline.target),
    };
    text.push('\n');
    let mut add = |table: String| text += &format!("{table}\n");
    if !outline.parameters.is_empty() {
        let rows = outline
            .parameters
            .iter()
            .map(|one| [one.name.clone(), one.value.clone().unwrap_or_default(), one.description.clone()]);
        add(table(3, ["BUILD ARG", "VALUE", "DESCRIPTION"], rows));
    }
    for (name, needs) in [("SECRET", &outline.secrets), ("SSH", &outline.ssh)] {
        if !needs.is_empty() {
            let required = |need: &Need| if need.required { "true".to_owned() } else { String::new() };
            add(table(3, [name, "REQUIRED"], needs.iter().map(|need| [need.id.clone(), required(need)])));
        }
    }
    text
}
