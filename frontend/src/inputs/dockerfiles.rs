//! Converts stages of Dockerfiles that stages start from: BuildKit's own Dockerfile frontend creates their definitions, which varve
//! imports into the graph of the build.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Ref, Reference, Solve, Source, Status};
use buildkit_llb::{Definition, Graph, SourceInfo};
use futures_util::future::join_all;
use varve_spec::{Diagnostic, ImageName, Sources, Span, map_of, set_of};

use super::client::{BUILD_FILE, CONTEXT, Client};
use super::lock_file::LockFile;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase};
use crate::util::report;

/// The Dockerfile frontend that every daemon has. It forwards to the frontend that a Dockerfile's `# syntax=` line names.
const FRONTEND: &str = "dockerfile.v0";

/// Options of the build that also apply to a Dockerfile.
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
/// Prefixes of options that also apply to a Dockerfile: the contexts that the client sends.
const PREFIXES: &[&str] = &["context:", "input-metadata:", "local-sessionid:", "sharedkey:"];
/// Predefined build arguments that also apply to a Dockerfile. The key `args` sets all others.
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

/// Lets the Dockerfile frontend convert all Dockerfiles at the same time, with images pinned by the lock, and imports their
/// definitions. `context` is the main context if it is not a folder of the client. Also returns the images that the lock has no
/// entry for.
///
/// # Errors
/// Returns the Dockerfile frontend's own error for the first Dockerfile that fails, or an error if a definition cannot be imported.
pub(crate) async fn resolve<B: Bridge>(
    client: &Client<'_, B>,
    (keys, sources): (BTreeMap<DockerfileKey, Span>, &Sources),
    context: Option<&Definition>,
    lock: &LockFile,
    (graph, infos): (&mut Graph, &mut Vec<SourceInfo>),
) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), Status> {
    let pins = &lock.dockerfile_contexts(client.options);
    let converted = join_all(keys.into_iter().map(|(key, span)| async move {
        let resolved = convert(client, &key, pins, context).await;
        (key, span, resolved.map_err(|status| report::at(status, sources, span)))
    }));
    let mut bases = BTreeMap::new();
    let mut stale = Vec::new();
    for (key, span, resolved) in converted.await {
        let resolved = resolved?;
        stale.extend(lock.check_dockerfile(images(&resolved, client.options), span));
        let imported = resolved.import_into(graph, infos);
        let base = imported.map_err(|error| Status::user(format!("{}: {error}", key.dockerfile.path)))?;
        bases.insert(key, base);
    }
    Ok((bases, stale))
}

/// Returns the images in the definition of a Dockerfile, each with its digest. References have the familiar form that named
/// contexts use.
///
/// Images that the client substitutes for others are left out. If the client sends definitions as inputs, the result is empty,
/// because these may contain images of their own.
pub(crate) fn images(resolved: &ResolvedBase, options: &Options) -> Vec<(ImageKey, String)> {
    const SCHEME: &str = "docker-image://";
    let ResolvedBase::Definition { definition, .. } = resolved else { return Vec::new() };
    if options.named_contexts.values().any(|value| value.starts_with("input:")) {
        return Vec::new();
    }
    let replacements = options.named_contexts.values().filter_map(|value| value.strip_prefix(SCHEME));
    let without_digest = |reference: &str| {
        let reference: Reference = reference.parse().ok()?;
        Some(ImageName::new(reference.without_digest().familiar()))
    };
    let replacements: BTreeSet<ImageName> = set_of(replacements.filter_map(without_digest));
    let images = Source::all_in(&definition.definition).filter_map(|(source, platform)| {
        let reference = source.identifier.strip_prefix(SCHEME)?;
        let digest = reference.parse::<Reference>().ok()?.digest()?.to_owned();
        Some((ImageKey { reference: without_digest(reference)?, platform: platform? }, digest))
    });
    images.filter(|(image, _)| !replacements.contains(&image.reference)).collect()
}

/// Lets the Dockerfile frontend convert a stage of a Dockerfile to a definition. `pins` are named contexts that pin images.
///
/// # Errors
/// Returns the Dockerfile frontend's own error, or an error if the daemon does not return definitions.
pub(crate) async fn convert<B: Bridge>(
    client: &Client<'_, B>,
    key: &DockerfileKey,
    pins: &BTreeMap<String, String>,
    context: Option<&Definition>,
) -> Result<ResolvedBase, Status> {
    let inputs = context.map_or_else(BTreeMap::new, |context| {
        [CONTEXT, BUILD_FILE].map(|name| (name.to_owned(), context.clone())).into()
    });
    let mut options = options(&client.session.opts, key, context);
    options.extend(pins.clone());
    let solve = Solve::frontend(FRONTEND, options, inputs).with_cache_imports(&client.options.cache_imports);
    let mut solved = client.bridge.solve(solve).await?;
    let config = solved.metadata.remove("containerimage.config");
    let parent_config = solved.metadata.remove("containerimage.base.config");
    let definition = match solved.single()? {
        Some(Ref { definition: Some(definition), .. }) => definition,
        Some(_) => {
            return Err(Status::user(
                "a Dockerfile as a base requires a builder that returns definitions (reference.output): BuildKit 0.7 or later",
            ));
        }
        // The definition of scratch is empty.
        None => Definition::default(),
    };
    Ok(ResolvedBase::Definition { definition: definition.into(), config, parent_config })
}

/// Returns the options for the Dockerfile frontend: those of the request that are not about the build file, and those of the key.
fn options(
    own: &BTreeMap<String, String>,
    key: &DockerfileKey,
    context: Option<&Definition>,
) -> BTreeMap<String, String> {
    let DockerfileKey { dockerfile, platform, no_cache } = key;
    let applies = |name: &str| {
        let argument = name.strip_prefix("build-arg:");
        let argument =
            |known: &&str| argument.is_some_and(|name| name == *known || name == known.to_ascii_uppercase());
        OPTIONS.contains(&name)
            || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || ARGUMENTS.iter().any(argument)
    };
    let mut options: BTreeMap<String, String> = map_of(
        own.iter().filter(|(name, _)| applies(name)).map(|(name, value)| (name.clone(), value.clone())),
    );
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
    // The Dockerfile is in the context, even if the image.yaml comes from elsewhere.
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
    fn options_of_the_build_file_are_not_forwarded() {
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
