//! `frontend.subrequests.describe`: which questions there are.

use serde_json::{Value, json};

use super::text::table;
use super::{ALL, Answer, DESCRIBE, LOCK, lock};

pub(super) fn answer() -> Answer {
    let other = [
        (LOCK, lock::VERSION, "Print the lock: what all images, branches and downloads stand for now"),
        (DESCRIBE, "1.0.0", "List available subrequest types"),
    ];
    let other = other.map(|(name, version, description)| (name, version, description, &[][..]));
    let all = ALL.iter().map(|one| (one.name, one.version, one.description, one.opts));
    let all: Vec<_> = all.chain(other).collect();
    let named = |name: &str| json!({"name": name, "description": ""});
    let json = all.iter().map(|(name, version, description, opts)| {
        let opts = opts.iter().map(|(name, what)| json!({"name": name, "description": what}));
        json!({
            "name": name,
            "version": version,
            "type": "rpc",
            "description": description,
            "opts": opts.collect::<Vec<_>>(),
            "inputs": null,
            "metadata": [named("result.json"), named("result.txt")],
            "refs": null,
        })
    });
    let json = Value::Array(json.collect());
    let rows = all.iter().map(|(name, version, description, _)| {
        [name.trim_start_matches("frontend."), version, description].map(str::to_owned)
    });
    let text = table(1, ["NAME", "VERSION", "DESCRIPTION"], rows);
    Answer { json, text, status: None }
}
