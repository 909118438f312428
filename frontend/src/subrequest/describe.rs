//! `frontend.subrequests.describe`: which questions there are.

use serde_json::{Value, json};

use super::{ALL, Answer, DESCRIBE};

pub(super) fn answer() -> Answer {
    let own = (DESCRIBE, "1.0.0", "List available subrequest types");
    let all = ALL.iter().map(|subrequest| (subrequest.name, subrequest.version, subrequest.description));
    let all: Vec<(&str, &str, &str)> = all.chain([own]).collect();
    let named = |name: &str| json!({"name": name, "description": ""});
    let json = all.iter().map(|(name, version, description)| {
        json!({
            "name": name,
            "version": version,
            "type": "rpc",
            "description": description,
            "opts": null,
            "inputs": null,
            "metadata": [named("result.json"), named("result.txt")],
            "refs": null,
        })
    });
    let json = Value::Array(json.collect());
    let rows = all.iter().map(|(name, version, description)| {
        [name.trim_start_matches("frontend.").to_owned(), (*version).to_owned(), (*description).to_owned()]
            .into()
    });
    let text = super::matrix::aligned(&["NAME", "VERSION", "DESCRIPTION"], rows.collect());
    Answer { json, text, status: None }
}
