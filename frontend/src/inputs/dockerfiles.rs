//! Stages of Dockerfiles as bases: BuildKit's own Dockerfile frontend makes their operations, which become part of ours.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Ref, Solve, Source, Status};
use buildkit_llb::{Definition, Graph, SourceInfo};
use futures_util::future::join_all;
use varve_spec::{Diagnostic, Sources, Span};

use super::client::Client;
use super::lock_file::Locked;
use super::main_context::{BUILD_FILE, CONTEXT};
use super::named_contexts;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, ImageKey, Resolved};
use crate::util::report;

/// The frontend of Dockerfiles that every daemon has; it goes on to the one that the Dockerfile's first line names.
const FRONTEND: &str = "dockerfile.v0";

/// Options of the build that hold for a Dockerfile too.
const OPTIONS: &[&str] = &[
    "add-hosts",
    "cache-from",
    "cache-imports",
    "cgroup-parent",
    "cpuperiod",
    "cpuquota",
    "cpusetcpus",
    "cpusetmems",
    "cpushares",
    "force-network-mode",
    "hostname",
    "image-resolve-mode",
    "memory",
    "memswap",
    "shm-size",
    "ulimit",
];
/// Options by the start of their names: contexts that the client sends.
const PREFIXES: &[&str] = &["context:", "input-metadata:", "local-sessionid:", "sharedkey:"];
/// Build arguments with a meaning of their own, which hold for a Dockerfile too. All others are said by `args`.
const ARGUMENTS: &[&str] = &[
    "BUILDKIT_CACHE_MOUNT_NS",
    "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
    "BUILDKIT_SANDBOX_HOSTNAME",
    "SOURCE_DATE_EPOCH",
    "all_proxy",
    "ftp_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Has all Dockerfiles read at once, held to the lock, and takes their operations in. `context` is the main context when it is no
/// folder of the client. Tells too of which of their images the lock says nothing.
///
/// # Errors
/// What the Dockerfile frontend says of the one that comes first, or what keeps its operations from being taken in.
pub(crate) async fn resolve<B: Bridge>(
    client: &Client<'_, B>,
    (keys, sources): (BTreeMap<DockerfileKey, Span>, &Sources),
    context: Option<&Definition>,
    locked: &Locked,
    (graph, infos): (&mut Graph, &mut Vec<SourceInfo>),
) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), Status> {
    let pins = &locked.contexts(client.options);
    let read = join_all(keys.into_iter().map(|(key, span)| async move {
        let read = read(client, &key, pins, context).await;
        (key, span, read.map_err(|status| report::at(status, sources, span)))
    }));
    let mut bases = BTreeMap::new();
    let mut stale = Vec::new();
    for (key, span, resolved) in read.await {
        let resolved = resolved?;
        stale.extend(locked.of_dockerfile(images(&resolved, client.options), span));
        let settled = resolved.settle(graph, infos);
        let unreadable = |error| Status::user(format!("{}: {error}", key.dockerfile.path));
        let base = settled.map_err(unreadable)?;
        bases.insert(key, base);
    }
    Ok((bases, stale))
}

/// The images that what a Dockerfile came to starts from, by the names that named contexts have, each with its digest; but for
/// those that the client put in the place of others. Nothing where it sent graphs, for these may have images of their own.
pub(crate) fn images(resolved: &Resolved, options: &Options) -> Vec<(ImageKey, String)> {
    const SCHEME: &str = "docker-image://";
    let Resolved::Definition { definition, .. } = resolved else { return Vec::new() };
    if options.named_contexts.values().any(|value| value.starts_with("input:")) {
        return Vec::new();
    }
    let given = options.named_contexts.values().filter_map(|value| value.strip_prefix(SCHEME));
    let given =
        given.map(|reference| named_contexts::familiar(reference.split('@').next().unwrap_or_default()));
    let given: BTreeSet<String> = given.collect();
    let images = Source::all_in(&definition.definition).filter_map(|(source, platform)| {
        let (name, digest) = source.identifier.strip_prefix(SCHEME)?.split_once('@')?;
        Some((ImageKey { reference: named_contexts::familiar(name), platform: platform? }, digest.to_owned()))
    });
    images.filter(|(image, _)| !given.contains(&image.reference)).collect()
}

/// What a Dockerfile comes to. `pins` are named contexts that pin images.
///
/// # Errors
/// What the Dockerfile frontend says.
pub(crate) async fn read<B: Bridge>(
    client: &Client<'_, B>,
    key: &DockerfileKey,
    pins: &BTreeMap<String, String>,
    context: Option<&Definition>,
) -> Result<Resolved, Status> {
    let inputs = context.map_or_else(BTreeMap::new, |context| {
        [CONTEXT, BUILD_FILE].map(|name| (name.to_owned(), context.clone())).into()
    });
    let mut options = options(&client.session.opts, key, context);
    options.extend(pins.clone());
    let solve = Solve::frontend(FRONTEND, options, inputs).with_cache_imports(&client.options.cache_imports);
    let mut solved = client.bridge.solve(solve).await?;
    let config = solved.metadata.remove("containerimage.config");
    let below = solved.metadata.remove("containerimage.base.config");
    let definition = match solved.single()? {
        Some(Ref { definition: Some(definition), .. }) => definition,
        Some(_) => {
            return Err(Status::user(
                "a Dockerfile as a base needs a builder that hands its operations over (reference.output), \
                 which BuildKit 0.7 and later do",
            ));
        }
        // No operations are scratch.
        None => Definition::default(),
    };
    Ok(Resolved::Definition { definition: definition.into(), config, below })
}

/// What the Dockerfile frontend is asked: of what the client asked of us, all that is not about the build file itself.
fn options(
    given: &BTreeMap<String, String>,
    key: &DockerfileKey,
    context: Option<&Definition>,
) -> BTreeMap<String, String> {
    let DockerfileKey { dockerfile, platform, no_cache } = key;
    let holds = |name: &str| {
        let argument = name.strip_prefix("build-arg:");
        let argument =
            |known: &&str| argument.is_some_and(|name| name == *known || name == known.to_ascii_uppercase());
        OPTIONS.contains(&name)
            || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || ARGUMENTS.iter().any(argument)
    };
    let mut options: BTreeMap<String, String> = given
        .iter()
        .filter(|(name, _)| holds(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut set = |name: &str, value: &str| drop(options.insert(name.to_owned(), value.to_owned()));
    set("filename", &dockerfile.path);
    set("platform", &platform.to_string());
    if let Some(target) = &dockerfile.target {
        set("target", target);
    }
    for (name, value) in &dockerfile.args {
        set(&format!("build-arg:{name}"), value);
    }
    if *no_cache {
        set("no-cache", "");
    }
    // The Dockerfile stands in the context, wherever our own build file does.
    if context.is_none() {
        set("dockerfilekey", CONTEXT);
    }
    options
}

#[cfg(test)]
mod tests {
    use buildkit_gateway::Platform;
    use varve_spec::plan::Dockerfile;

    use super::*;

    fn key(no_cache: bool) -> DockerfileKey {
        let args =
            BTreeMap::from([("http_proxy".to_owned(), "own".to_owned()), ("A".to_owned(), "1".to_owned())]);
        let dockerfile =
            Dockerfile { path: "old/Dockerfile".to_owned(), target: Some("base".to_owned()), args };
        DockerfileKey { dockerfile, platform: Platform::new("linux", "arm64"), no_cache }
    }

    #[test]
    fn options_of_the_build_file_are_not_handed_on() {
        let given = [
            ("build-arg:BUILDKIT_SYNTAX", "varve/frontend:dev"),
            ("build-arg:HTTPS_PROXY", "p"),
            ("build-arg:device", "cuda"),
            ("build-arg:http_proxy", "theirs"),
            ("cache-imports", "[]"),
            ("cmdline", "varve/frontend:dev"),
            ("context:other", "local:other"),
            ("dockerfilekey", "x"),
            ("filename", "image.yaml"),
            ("frontend.caps", "moby.buildkit.frontend.subrequests"),
            ("label:a", "b"),
            ("multi-platform", "true"),
            ("no-cache", "wheels"),
            ("platform", "linux/amd64,linux/arm64"),
            ("requestid", "frontend.lint"),
            ("shm-size", "1"),
            ("source", "varve/frontend:dev"),
            ("target", "runtime"),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let check = |options: BTreeMap<String, String>, more: &[(&str, &str)]| {
            let mut expect = BTreeMap::from([
                ("build-arg:A", "1"),
                ("build-arg:HTTPS_PROXY", "p"),
                ("build-arg:http_proxy", "own"),
                ("cache-imports", "[]"),
                ("context:other", "local:other"),
                ("filename", "old/Dockerfile"),
                ("platform", "linux/arm64"),
                ("shm-size", "1"),
                ("target", "base"),
            ]);
            expect.extend(more.iter().copied());
            let options: BTreeMap<&str, &str> =
                options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(options, expect);
        };
        check(options(&given, &key(false), None), &[("dockerfilekey", "context")]);
        check(options(&given, &key(true), Some(&Definition::default())), &[("no-cache", "")]);
    }
}
