//! `frontend.lock`: returns the text of the lock, also as JSON.

use serde_json::{Map, Value, json};
use varve_spec::{Lock, Pinning};

use super::Answer;

pub(super) const VERSION: &str = "1.0.0";

/// Creates the answer. `file` and `name` are the names of the build file and of the lock. `not_locked` lists the names that the
/// lock has no entry for, each with a reason.
pub(super) fn answer(lock: &Lock, (file, name): (&str, &str), not_locked: &[String]) -> Answer {
    let mut text = format!(
        "# The digests and commits of the names in {file}. Generated: do not edit. To update it, run:\n#   docker buildx build \
        --call=lock -f {file} . > {name}\n"
    );
    for name in not_locked {
        text += &format!("# Not locked: {name}\n");
    }
    text += &lock.to_string();
    let sections = lock.sections().into_iter().map(|(section, names)| {
        let names = names.into_iter().map(|(name, pinning)| {
            let pinning = match pinning {
                Pinning::One(digest) => json!(digest),
                Pinning::Each(parts) => json!(parts),
            };
            (name.to_owned(), pinning)
        });
        (section.to_owned(), Value::Object(names.collect()))
    });
    let mut json: Map<String, Value> = sections.collect();
    json.insert("version".to_owned(), json!(1));
    json.insert("not-locked".to_owned(), json!(not_locked));
    Answer { json: Value::Object(json), text, ..Answer::default() }
}
