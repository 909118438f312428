//! Builds steps in place of the image (`VARVE_UNTIL`), so that a job of a CI system can export their results to a cache.
//!
//! BuildKit's cache exporters follow the results that a frontend returns, and nothing else that it solved (`runCacheExporters` in
//! `solver/llbsolver/solver.go`). They follow each entry of a result with several, whatever its key. So every step is an entry with its
//! own name, and no operation joins them. The entries are listed as platforms, because provenance is written for each of those
//! (`solver/llbsolver/proc/provenance.go`).

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Bridge, Options, Outcome, Refs, Status};
use buildkit_llb::Output;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use varve_spec::set_of;

use super::daemon_facts::DaemonFacts;
use super::lowered_build::{LoweredBuild, LoweredPlatform};
use super::rootfs_tests;
use super::solve::solve_output;
use crate::lower::step_label;

/// The build argument with the steps: `STAGE:STEP`, with commas between several.
const ARGUMENT: &str = "VARVE_UNTIL";

/// Returns the steps that the client asks for. `None` if it asks for the image.
pub(crate) fn steps(options: &Options) -> Option<&str> {
    options.build_args.get(ARGUMENT).map(String::as_str).filter(|steps| !steps.is_empty())
}

/// Solves steps. The result has each of them, and no configuration.
///
/// # Errors
/// Returns an error with all steps that the build does not have, or the daemon's own error.
pub(crate) async fn solve<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    build: &LoweredBuild,
    steps: &str,
) -> Result<Outcome, Status> {
    let stages = build.platforms.iter().flat_map(|one| &one.plan.stages).map(|stage| stage.name.as_str());
    let items = items(steps, &set_of(stages))?;
    // A stage for the platform of the builder has the same step for all platforms.
    let mut found: BTreeMap<Output, (String, &LoweredPlatform)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for one in &build.platforms {
        for (stage, number) in &items {
            match find(one, stage, *number) {
                Ok(output) => {
                    let name = format!("{} {stage}:{number}", one.platform);
                    found.entry(output).or_insert((name, one));
                }
                Err(message) => wrong.push(message),
            }
        }
    }
    let mut seen = BTreeSet::new();
    wrong.retain(|message| seen.insert(message.clone()));
    if !wrong.is_empty() {
        return Err(Status::user(format!("{ARGUMENT}: {}", wrong.join("\n"))));
    }
    let when = rootfs_tests::when(&build.platforms);
    let solves =
        found.keys().map(|root| solve_output(daemon.client, &build.graph, &build.infos, Some(*root), when));
    let solved = try_join_all(solves).await?;
    let platforms = found.values().map(|(name, one)| json!({"ID": name, "Platform": one.platform}));
    let platforms = json!({"Platforms": platforms.collect::<Vec<Value>>()});
    let metadata = BTreeMap::from([("refs.platforms".to_owned(), platforms.to_string().into_bytes())]);
    let names = found.into_values().map(|(name, _)| name);
    Ok(Outcome { refs: Refs::Platforms(names.zip(solved).collect()), metadata, ..Outcome::default() })
}

/// The stages and the numbers of steps in a list. The arguments of a stage can contain commas, colons and digits, as in
/// `tools(image=debian:12, size=2):3`, so the names of stages come first.
fn items<'s>(steps: &'s str, stages: &BTreeSet<&str>) -> Result<Vec<(&'s str, usize)>, Status> {
    let mut items = Vec::new();
    let mut rest = steps.trim_start_matches([',', ' ']);
    while !rest.is_empty() {
        let known = stages.iter().filter(|stage| rest.starts_with(**stage)).map(|stage| stage.len());
        let known = known.rev().find_map(|length| split(rest, length));
        let any = || rest.match_indices(':').find_map(|(at, _)| split(rest, at));
        let Some((item, behind)) = known.or_else(any) else { return Err(expected(rest)) };
        items.push(item);
        rest = behind.trim_start_matches([',', ' ']);
    }
    if items.is_empty() { Err(expected(steps)) } else { Ok(items) }
}

/// Splits a list behind its first item, whose stage has this length.
fn split(list: &str, length: usize) -> Option<((&str, usize), &str)> {
    let (stage, behind) = list.split_at(length);
    let behind = behind.trim_start().strip_prefix(':')?;
    let (number, behind) = behind.split_once(',').unwrap_or((behind, ""));
    Some(((stage.trim(), number.trim().parse().ok()?), behind))
}

fn expected(found: &str) -> Status {
    Status::user(format!(
        "{ARGUMENT} has `{found}`: expected the name of a stage and the number of a step, such as `app:3`, with commas between several"
    ))
}

/// Finds the result of a step.
fn find(one: &LoweredPlatform, stage: &str, number: usize) -> Result<Output, String> {
    let LoweredPlatform { platform, plan, lowered, .. } = one;
    let stages = || plan.stages.iter().zip(&lowered.records);
    let Some((found, record)) = stages().find(|(found, _)| found.name == stage) else {
        let names: Vec<String> = stages().map(|(stage, _)| format!("`{}`", stage.name)).collect();
        return Err(format!("the build for {platform} has no stage `{stage}`: it has {}", names.join(", ")));
    };
    let manager = record.distribution.as_ref().map(|distribution| distribution.manager);
    let all = found.all_steps();
    let made = all.into_iter().zip(&record.steps).filter_map(|(step, record)| Some((step, record.made?)));
    let made: Vec<_> = made.collect();
    if let Some((_, (_, output))) = made.iter().find(|(_, (of, _))| *of == number) {
        return Ok(*output);
    }
    let steps: Vec<String> =
        made.iter().map(|(step, (number, _))| format!("{number} ({})", step_label(step, manager))).collect();
    let has =
        if steps.is_empty() { "it has no steps".to_owned() } else { format!("it has {}", steps.join(", ")) };
    Err(format!("the stage `{stage}` has no step {number} for {platform}: {has}"))
}
