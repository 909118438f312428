//! `frontend.subrequests.describe`: lists the subrequests.

use serde_json::{Value, json};

use super::text::table;
use super::{ALL, Answer};

pub(super) fn answer() -> Answer {
    let named = |name: &str| json!({"name": name, "description": ""});
    let json = ALL.iter().map(|subrequest| {
        let opts = subrequest.opts.iter().map(|(name, about)| json!({"name": name, "description": about}));
        json!({
            "name": subrequest.name,
            "version": subrequest.version,
            "type": "rpc",
            "description": subrequest.description,
            "opts": opts.collect::<Vec<_>>(),
            "inputs": null,
            "metadata": [named("result.json"), named("result.txt")],
            "refs": null,
        })
    });
    let json = Value::Array(json.collect());
    let rows = ALL.iter().map(|subrequest| {
        let name = subrequest.name.trim_start_matches("frontend.");
        [name, subrequest.version, subrequest.description].map(str::to_owned)
    });
    let text = table(1, ["NAME", "VERSION", "DESCRIPTION"], rows);
    Answer { json, text, ..Answer::default() }
}
