//! `varve lock --update`: gives some names of a lock new pins. A builder resolves them, so this runs `docker buildx build --call=lock`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use buildkit_names::redacted;
use serde_json::{Value, json};
use varve_spec::{Lock, Pinning, Sources};

use super::Args;
use crate::answer::{Answer, Failure, counted};
use crate::arguments::Format;
use crate::files;

/// The build argument of the frontend with the names, separated by blanks.
const ARGUMENT: &str = "VARVE_LOCK_UPDATE";

/// A pin: section, name, and platform, branch or tag.
type Key = (String, String, Option<String>);

/// Runs docker, and replaces the lock by what it prints.
///
/// # Errors
/// There is no lock, docker fails or prints no lock, or the lock changed meanwhile.
pub(super) fn run(args: &Args, name: &str, old: &str) -> Result<Answer, Failure> {
    if let Some(name) = args.update.iter().find(|name| name.is_empty() || name.contains(char::is_whitespace))
    {
        return Err(Failure::Usage(format!("`{name}` is no name in a lock: it is empty or has blanks")));
    }
    let before = read(name, old)?;
    let output = command(args).output().map_err(|error| {
        Failure::File(format!("varve cannot run docker, which asks the registries: {error}"))
    })?;
    if !output.status.success() {
        let message = format!("{name} is as it was: docker buildx build ended with {}", output.status);
        return Err(Failure::File(message));
    }
    let text = String::from_utf8(output.stdout).unwrap_or_default();
    let Some(after) = Lock::read(name, &text).ok().filter(|lock| !lock.sections().is_empty()) else {
        let message = format!("{name} is as it was: docker buildx build printed something else than a lock");
        return Err(Failure::File(message));
    };
    let path = Path::new(name);
    if files::text(path)? != old {
        return Err(Failure::File(format!("{name} changed meanwhile: run the command again")));
    }
    if text != old {
        files::replace(path, text.as_bytes())?;
    }
    let (before, after) = (pins(&before), pins(&after));
    let moved: Vec<_> = after.iter().filter(|(key, digest)| before.get(*key) != Some(digest)).collect();
    let out = match args.format {
        Format::Json => {
            let moved = moved.iter().map(|((section, name, part), new)| {
                let old = before.get(&(section.clone(), name.clone(), part.clone()));
                json!({"section": section, "name": name, "part": part, "old": old, "new": new})
            });
            format!("{:#}\n", json!({"lock": name, "updated": moved.collect::<Vec<Value>>()}))
        }
        Format::Text => {
            let line = |(key, new): &(&Key, &String)| {
                let (_, name, part) = key;
                let part = part.iter().map(|part| format!(" {part}")).collect::<String>();
                let old = before.get(*key).map_or("not in the lock", String::as_str);
                redacted(&format!("{name}{part}: {old} -> {new}\n")).into_owned()
            };
            moved.iter().map(line).collect()
        }
    };
    let err = match moved.len() {
        0 => format!("{name}: nothing moved\n"),
        count => format!("{name}: {} updated\n", counted(count, "pin")),
    };
    Ok(Answer { err, ..Answer::text(out) })
}

/// The command of docker. Its progress goes to standard error.
fn command(args: &Args) -> Command {
    let mut docker = Command::new("docker");
    docker.args(["buildx", "build", "--call=lock", "--build-arg"]);
    docker.arg(format!("{ARGUMENT}={}", args.update.join(" ")));
    for (name, value) in &args.build_arg {
        docker.arg("--build-arg").arg(format!("{name}={value}"));
    }
    if !args.platform.is_empty() {
        let platforms: Vec<String> = args.platform.iter().map(ToString::to_string).collect();
        docker.arg("--platform").arg(platforms.join(","));
    }
    docker.arg("-f").arg(&args.file).arg("--").arg(files::or_current(args.family().context()));
    docker.stdin(Stdio::null()).stderr(Stdio::inherit());
    docker
}

fn read(name: &str, text: &str) -> Result<Lock, Failure> {
    Lock::read(name, text).map_err(|found| Failure::Found(found, Sources::single(name, text)))
}

fn pins(lock: &Lock) -> BTreeMap<Key, String> {
    let mut pins = BTreeMap::new();
    for (section, names) in lock.sections() {
        for (name, pinning) in names {
            let key = |part| (section.to_owned(), name.to_owned(), part);
            match pinning {
                Pinning::One(digest) => drop(pins.insert(key(None), digest.to_owned())),
                Pinning::Each(parts) => {
                    pins.extend(parts.into_iter().map(|(part, digest)| (key(Some(part)), digest.to_owned())));
                }
            }
        }
    }
    pins
}
