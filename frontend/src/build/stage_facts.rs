//! Finds the facts of built stages (`facts` in the build file), and passes them to the client.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, ByteRange, Evaluate, Platform, Ref, Status};
use buildkit_llb::Output;
use futures_util::future::try_join_all;
use serde_json::json;
use varve_spec::plan::MAX_FACT_BYTES;
use varve_spec::{Code, Diagnostic, map_of, set_of};

use super::daemon_facts::DaemonFacts;
use super::lowered_build::{LoweredBuild, LoweredPlatform};
use super::planning::PlatformFacts;
use super::solve::solve_output;
use super::variant_metadata::for_client;
use crate::lower::LoweredFact;
use crate::util::report;

/// The key of the result under which the client gets the facts and the tags.
const METADATA: &str = "frontend.varve.facts";

/// Whether the image of a build contains facts, so that they have to be found.
pub(crate) fn has_facts(build: &LoweredBuild) -> bool {
    build.platforms.iter().any(|one| !one.lowered.facts.is_empty())
}

/// Builds the stages with facts, and finds the facts.
///
/// # Errors
/// Returns the daemon's own error, or one error with all facts that are not there.
pub(crate) async fn find<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    build: &LoweredBuild,
) -> Result<PlatformFacts, Status> {
    let mut found = PlatformFacts::new();
    let mut wrong = Vec::new();
    // The stages of all platforms are built at the same time.
    let roots = build.platforms.iter().flat_map(|one| &one.lowered.facts).filter_map(|fact| fact.root);
    let roots: BTreeSet<Output> = set_of(roots);
    let solve =
        |root: &Output| solve_output(daemon.client, &build.graph, &build.infos, Some(*root), Evaluate::Eager);
    let folders = try_join_all(roots.iter().map(solve)).await?;
    let solved = map_of(roots.into_iter().zip(folders));
    for LoweredPlatform { platform, plan, lowered, .. } in &build.platforms {
        let mut stages: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for fact in &lowered.facts {
            let folder = fact.root.and_then(|root| solved.get(&root)?.as_ref());
            let file = read(daemon, fact, folder).await?;
            match file.and_then(|text| fact.fact.value(text).map_err(|error| *error)) {
                Ok(value) => {
                    drop(stages.entry(fact.stage.clone()).or_default().insert(fact.name.clone(), value))
                }
                Err(error) if build.platforms.len() > 1 => {
                    wrong.push(Diagnostic { label: Some(format!("for {platform}")), ..error });
                }
                Err(error) => wrong.push(error),
            }
        }
        let of_image = plan.stages.last().and_then(|stage| stages.get(&stage.name)).cloned();
        stages.insert(String::new(), of_image.unwrap_or_default());
        found.insert(platform.clone(), stages);
    }
    if wrong.is_empty() { Ok(found) } else { Err(report::error(&wrong, daemon.sources)) }
}

/// Reads the file with the text of a fact. The inner error says that there is no such file.
async fn read<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    fact: &LoweredFact,
    folder: Option<&Ref>,
) -> Result<Result<Vec<u8>, Diagnostic>, Status> {
    let missing = |message: String| Ok(Err(Diagnostic::error(Code::FileValue, fact.fact.span, message)));
    let no_file =
        format!("the image has no file `{}`, from which it has the fact `{}`", fact.path, fact.name);
    let Some(folder) = folder else { return missing(no_file) };
    let range = ByteRange { offset: 0, length: MAX_FACT_BYTES as u64 + 1 };
    match daemon.client.bridge.read_file(folder, &fact.path, Some(range)).await {
        Ok(text) if text.len() > MAX_FACT_BYTES => {
            missing(format!("the text of the fact `{}` has more than {MAX_FACT_BYTES} bytes", fact.name))
        }
        Ok(text) => Ok(Ok(text)),
        Err(status) if status.is_missing_file() => missing(no_file),
        Err(status) => Err(status),
    }
}

/// The facts and the tags that the client gets: a key and a value of the result.
///
/// # Errors
/// Returns an error if a tag is meant for the images of all platforms, and a fact in it has several values.
pub(crate) fn metadata(
    build: &[LoweredPlatform],
    facts: &PlatformFacts,
    before: &[Vec<String>],
) -> Result<(String, Vec<u8>), Status> {
    let tags: BTreeSet<&str> = set_of(build.iter().flat_map(|one| &one.tags).map(String::as_str));
    // A tag that looked the same on several platforms before the build has to be the same after it.
    let mut by_template: BTreeMap<(usize, &str), (&Platform, &str)> = BTreeMap::new();
    for (one, before) in build.iter().zip(before) {
        // An expression that gives a list was a single tag before, so its tags cannot be compared.
        let pairs = before.iter().zip(&one.tags).filter(|_| before.len() == one.tags.len());
        for (index, (template, tag)) in pairs.enumerate() {
            let (platform, first) = by_template.entry((index, template)).or_insert((&one.platform, tag));
            if *first != tag {
                return Err(Status::user(format!(
                    "the platforms do not agree on a tag with facts: `{template}` is `{first}` on {platform} and `{tag}` on {}: put \
                     `${{{{ platform.arch }}}}` into the tag, or leave the fact out",
                    one.platform
                )));
            }
        }
    }
    let of_images =
        map_of(facts.iter().filter_map(|(platform, stages)| Some((platform.to_string(), stages.get("")?))));
    Ok(for_client(METADATA, &json!({"facts": of_images, "tags": tags})))
}
