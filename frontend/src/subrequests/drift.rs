//! `frontend.drift`: returns the names whose digest or commit in the lock is not the current one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use varve_spec::{External, Platform, Users};

use super::{Answer, filled};

/// The exit code of the client if a name moved. 1 is that of a failure.
const MOVED: u8 = 3;

/// A name that stands for something else than the lock says.
pub(crate) struct Moved {
    /// The name, of an image for all platforms.
    pub(crate) name: External,
    /// The platforms for which an image moved.
    pub(crate) platforms: Vec<Platform>,
    /// The digest or commit of the lock.
    pub(crate) old: String,
    /// The current digest or commit.
    pub(crate) new: String,
    /// The variants that use the name.
    pub(crate) users: Users,
}

impl Moved {
    /// Whether a reference is this name, for a platform for which it moved.
    pub(crate) fn concerns(&self, external: &External) -> bool {
        self.name == external.without_platform()
            && external.platform().is_none_or(|platform| self.platforms.contains(platform))
    }
}

/// Creates the answer. `names` are those of the build file and of the lock, `count` is the number of names that were compared, and
/// `not_compared` lists all others, each with a reason.
pub(super) fn answer(
    (file, lock): (&str, &str),
    moved: &[Moved],
    count: usize,
    not_compared: &[String],
) -> Answer {
    let plural = if count == 1 { "" } else { "s" };
    // An image with a digest for each platform can move to several.
    let names: BTreeSet<&External> = moved.iter().map(|moved| &moved.name).collect();
    let mut text = match names.len() {
        0 => format!("no name moved: {lock} is current, with {count} name{plural}\n"),
        len => format!("{len} of {count} name{plural} of {file} moved since {lock} was written\n"),
    };
    for moved in moved {
        let platforms = texts(&moved.platforms).join(",");
        let platforms = if platforms.is_empty() { platforms } else { format!(" for {platforms}") };
        let Moved { name, old, new, users, .. } = moved;
        text += &format!("\n{name}{platforms}\n  {old}\n  -> {new}\n  used by {}\n", users.described);
    }
    if !not_compared.is_empty() {
        text += &format!("\nnot compared:\n  {}\n", not_compared.join("\n  "));
    }
    let list: Vec<Value> = moved.iter().map(json_of).collect();
    let json = json!({"lock": lock, "names": count, "moved": list, "not-compared": not_compared});
    let status = if moved.is_empty() { 0 } else { MOVED };
    Answer { json, text, status: Some(status), ..Answer::default() }
}

fn json_of(moved: &Moved) -> Value {
    let [name, part] = moved.name.name();
    let users = moved.users.variants.iter().map(|user| {
        let axes: Map<String, Value> =
            user.axes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({"target": user.target, "axes": axes, "platforms": user.platforms})
    });
    filled([
        ("kind", json!(moved.name.kind())),
        ("name", json!(name)),
        ("ref", json!(part)),
        ("platforms", json!(texts(&moved.platforms))),
        ("old", json!(moved.old)),
        ("new", json!(moved.new)),
        ("variants", users.collect()),
    ])
}

fn texts(platforms: &[Platform]) -> Vec<String> {
    platforms.iter().map(Platform::to_string).collect()
}
