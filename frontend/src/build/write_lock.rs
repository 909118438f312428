//! Answers `frontend.lock` and `frontend.drift`: asks the registries and servers what the names of a family stand for, for a new lock or
//! for a comparison with the lock that there is.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Status};
use varve_spec::plan::{Base, Dockerfile};
use varve_spec::{External, Lock, Plan, Platform, Sources, nearest, set_of};

use super::answer::read_family;
use super::daemon_facts::DaemonFacts;
use super::lock_images::LockImages;
use super::resolve_names::{Resolved, resolve};
use crate::inputs::client::Client;
use crate::subrequests::{self, Answer, FromRegistries, Moved};
use crate::util::report;

/// The build argument with the names that get new pins, separated by blanks. All others keep theirs.
const UPDATE: &str = "VARVE_LOCK_UPDATE";

/// Asks the registries, and answers with the text of a lock or with what moved.
pub(crate) async fn answer<B: Bridge>(
    daemon: DaemonFacts<'_, B>,
    request: FromRegistries,
) -> Result<Answer, Status> {
    let session = LockImages::read(daemon.client.options)?.session(daemon.client.session);
    let options = Options::read(&session.opts)?;
    let client = Client { session: &session, options: &options, ..*daemon.client };
    let daemon = &DaemonFacts { client: &client, ..daemon };
    // The names to pin come from the family without the lock, because the lock would already replace them.
    let (reading, query) = read_family(daemon).await?;
    if query.target.is_some() {
        return Err(Status::user("a lock is for the whole family: remove --target"));
    }
    let family = reading.family.ok_or_else(|| report::error(&reading.found, daemon.sources))?;
    if let Some(axis) = family.axes.iter().find(|axis| query.args.contains_key(&axis.name)) {
        let name = &axis.name;
        return Err(Status::user(format!("a lock is for the whole family: remove --build-arg {name}")));
    }
    let in_files = |errors: Vec<_>| report::error(&errors, daemon.sources);
    let externals = family.externals(&query).map_err(in_files)?;
    let update = options.build_args.get(UPDATE).map(String::as_str).unwrap_or_default();
    let update: BTreeSet<&str> = set_of(update.split_whitespace());
    let file = daemon.file;
    let names = (file.name.as_str(), file.lock_name.as_str());

    if request == FromRegistries::Drift {
        if !update.is_empty() {
            return Err(Status::user(format!("{UPDATE} is for --call=lock: drift compares all names")));
        }
        let lock = existing(daemon)?;
        let resolved = resolve(daemon, externals, |_| true).await?;
        let (mut moved, count, missing) = moved(&lock, &resolved);
        if !moved.is_empty() {
            let touched = |plan: &Plan| names_of(plan, &query.build_platform, &resolved, &moved);
            let users = family.users(&query, moved.len(), &touched).map_err(in_files)?;
            moved.iter_mut().zip(users).for_each(|(moved, users)| moved.users = users);
        }
        return Ok(subrequests::drift(names, &moved, count, &[resolved.left_out, missing].concat()));
    }
    if update.is_empty() {
        let Resolved { digests, left_out, .. } = resolve(daemon, externals, |_| true).await?;
        return Ok(subrequests::lock(&Lock::new(&file.lock_name, digests), names, &left_out));
    }
    let lock = existing(daemon)?;
    let is_wanted = |external: &External| update.iter().any(|name| external.is_named(name));
    let known: BTreeSet<String> =
        set_of(externals.known.keys().map(|external| external.name()[0].to_owned()));
    let Resolved { digests, left_out, .. } = resolve(daemon, externals, is_wanted).await?;
    let is_resolved = |name: &&&str| digests.keys().any(|external| external.is_named(name));
    let wrong = update.iter().filter(|name| !is_resolved(name)).map(|name| {
        if let Some(reason) = left_out.iter().find(|reason| reason.contains(&format!("`{name}`"))) {
            return format!("{UPDATE}: {reason}");
        }
        let near = nearest(name, known.iter().map(String::as_str));
        let near = near.filter(|near| near != name).map(|near| format!(" (did you mean `{near}`?)"));
        format!("{UPDATE}: nothing to pin has the name `{name}`{}", near.unwrap_or_default())
    });
    let wrong: Vec<String> = wrong.collect();
    if !wrong.is_empty() {
        return Err(Status::user(wrong.join("\n")));
    }
    Ok(subrequests::lock(&lock.with(digests), names, &left_out))
}

/// Reads the lock beside the build file.
///
/// # Errors
/// Returns an error if there is none, or if its text is not a lock.
fn existing<B>(daemon: &DaemonFacts<'_, B>) -> Result<Lock, Status> {
    let (name, file) = (&daemon.file.lock_name, &daemon.file.name);
    // A shell empties the file before the build starts.
    let Some(text) = daemon.file.lock.as_deref().filter(|text| !text.is_empty()) else {
        return Err(Status::user(format!(
            "there is no {name} in the folder of {file}, or it is empty: write one with `docker buildx build --call=lock`"
        )));
    };
    Lock::read(name, text).map_err(|errors| report::error(&errors, &Sources::single(name, text)))
}

/// Compares a lock with what its names stand for now. Also returns how many names were compared, and those that the lock does not have.
/// An image is one name for all its platforms.
fn moved(lock: &Lock, resolved: &Resolved) -> (Vec<Moved>, usize, Vec<String>) {
    let mut moved: BTreeMap<(External, &str, &str), Vec<Platform>> = BTreeMap::new();
    let (mut compared, mut missing) = (BTreeSet::new(), Vec::new());
    for (external, new) in &resolved.digests {
        let Some(old) = lock.digest(external) else {
            missing.push(format!("{external}: the lock has no entry for it"));
            continue;
        };
        compared.insert(external.without_platform());
        if old != new {
            let platforms = moved.entry((external.without_platform(), old, new)).or_default();
            platforms.extend(external.platform().cloned());
        }
    }
    let moved = moved.into_iter().map(|((name, old, new), platforms)| Moved {
        name,
        platforms,
        old: old.to_owned(),
        new: new.to_owned(),
        users: Default::default(),
    });
    (moved.collect(), compared.len(), missing)
}

/// The indices of the moved names that a plan uses, itself or through a Dockerfile.
fn names_of(plan: &Plan, build: &Platform, resolved: &Resolved, moved: &[Moved]) -> BTreeSet<usize> {
    let mut names: Vec<External> = plan.externals(build).into_iter().map(|(external, _)| external).collect();
    for stage in &plan.stages {
        if let Base::Dockerfile(dockerfile) = &stage.base {
            let key: (Dockerfile, Platform) =
                (dockerfile.clone(), stage.platform.of(&plan.platform, build).clone());
            names.extend(resolved.of_dockerfiles.get(&key).into_iter().flatten().cloned());
        }
    }
    let is_moved = |moved: &Moved| names.iter().any(|name| moved.concerns(name));
    set_of(moved.iter().enumerate().filter(|(_, moved)| is_moved(moved)).map(|(index, _)| index))
}
