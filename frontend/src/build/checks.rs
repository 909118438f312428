//! Checks carried out: beside the build, all at once, and told of all at once when they fail.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Detail, Evaluate, Options, Platform, Pong, Solve, Status};
use buildkit_llb::{Graph, ImageSource, Metadata, Output, SourceInfo, normalize_reference};
use futures_util::future::{join, join_all};
use varve_spec::{Code, Diagnostic, Plan, Sources};

use crate::inputs::client::Client;
use crate::lower::{Checker, Lowered, LoweredCheck};
use crate::util::platform::llb_platform;
use crate::util::report;

/// The build argument that skips all checks.
const ARGUMENT: &str = "VARVE_CHECKS";

/// The program that runs inside of builds; it lies beside the frontend in their image.
const PROGRAM: &str = "varve-rootfs";

/// The text with which the daemon reports a process that ran and failed (`executor/runcexecutor`).
const FAILED: &str = "did not complete successfully: exit code: ";

/// Who carries out the checks of plans: nobody when there are none, or when they are skipped.
///
/// # Errors
/// `VARVE_CHECKS` is neither `on` nor `off`, or what the daemon says of the frontend's own image is not to be understood.
pub(crate) fn checker<B>(
    client: &Client<'_, B>,
    pong: &Pong,
    (plans, build): (&[Plan], &Platform),
    graph: &mut Graph,
    infos: &mut Vec<SourceInfo>,
) -> Result<Option<Checker>, Status> {
    if !wanted(client.options)?
        || plans.iter().flat_map(|plan| &plan.stages).all(|stage| stage.checks.is_empty())
    {
        return Ok(None);
    }
    let session = client.session;
    let unreadable = |reason: String| Status::user(format!("the frontend's own image: {reason}"));
    let definition = session.image_definition().map_err(unreadable)?;
    let image = match (definition, session.opts.get("source")) {
        (Some(definition), _) => {
            graph.import(&definition.into(), infos).map_err(|error| unreadable(error.to_string()))?
        }
        (None, Some(reference)) => {
            let reference = normalize_reference(reference);
            let vertex = graph.add(ImageSource::new(reference.as_ref(), llb_platform(build)));
            graph.describe(vertex, Metadata::named(format!("[internal] load {reference} for checks")));
            graph.root(vertex)
        }
        (None, None) => None,
    };
    let skips_content = pong.capabilities.llb.has("exec.mount.cache.content");
    let program = match session.program.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{PROGRAM}"),
        None => format!("/{PROGRAM}"),
    };
    Ok(Some(Checker { image, program, skips_content }))
}

fn wanted(options: &Options) -> Result<bool, Status> {
    match options.build_args.get(ARGUMENT).map(String::as_str) {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(Status::user(format!("{ARGUMENT} is `{other}`, expected `on` or `off`"))),
    }
}

/// When the result is to be built: with checks at once, beside them.
pub(crate) fn when(lowered: &[Lowered]) -> Evaluate {
    if lowered.iter().all(|lowered| lowered.checks.is_empty()) { Evaluate::Lazy } else { Evaluate::Eager }
}

/// What the checks of a build are made with.
pub(crate) struct Checks<'a, B> {
    pub(crate) client: &'a Client<'a, B>,
    pub(crate) sources: &'a Sources,
    pub(crate) graph: &'a Graph,
    pub(crate) infos: &'a [SourceInfo],
    pub(crate) platforms: &'a [Platform],
}

impl<B: Bridge> Checks<'_, B> {
    /// The result of a build that runs beside its checks.
    ///
    /// # Errors
    /// The build's own failure; else a failure of the daemon in what a check needs; else all checks that do not hold.
    pub(crate) async fn beside<T>(
        &self,
        lowered: &[Lowered],
        build: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        // The same file system can be checked for several platforms: once is enough.
        let mut once: BTreeMap<Output, (Option<&Platform>, &LoweredCheck)> = BTreeMap::new();
        for (platform, lowered) in self.platforms.iter().zip(lowered) {
            for check in &lowered.checks {
                let only = (self.platforms.len() > 1).then_some(platform);
                once.entry(check.output).and_modify(|known| known.0 = None).or_insert((only, check));
            }
        }
        let solves = once.values().map(|(_, check)| self.solve(check.output));
        let (built, verdicts) = join(build, join_all(solves)).await;
        let built = built?;
        let mut failed = Vec::new();
        for ((platform, check), verdict) in once.values().zip(verdicts) {
            if let Err(status) = verdict {
                failed.push(self.failure(*platform, check, status)?);
            }
        }
        if failed.is_empty() {
            return Ok(built);
        }
        failed.sort_by_key(|found| found.span);
        let heading = format!("{} checks failed", failed.len());
        Err(report::errors_under(&heading, &failed, self.sources))
    }

    async fn solve(&self, output: Output) -> Result<(), Status> {
        let solve = Solve::encoded(self.graph.encode(Some(output), self.infos)).eager();
        let solve = solve.with_cache_imports(&self.client.options.cache_imports);
        self.client.bridge.solve(solve).await.map(drop)
    }

    /// What a failure of a check says. A failure of something that it needs is not one of the check.
    fn failure(
        &self,
        platform: Option<&Platform>,
        check: &LoweredCheck,
        status: Status,
    ) -> Result<Diagnostic, Status> {
        let digest = self.graph.digest(check.vertex()).to_string();
        let vertices: Vec<&Detail> =
            status.details.iter().filter(|detail| detail.type_url == Detail::VERTEX).collect();
        let own = |detail: &&Detail| String::from_utf8_lossy(&detail.value).contains(&digest);
        if !vertices.is_empty() && !vertices.iter().any(own) {
            return Err(status);
        }
        let exit = status.message.rsplit_once(FAILED).map(|(_, code)| code.trim());
        // A build that was cancelled, or whose daemon went away, tells nothing of the check.
        if exit.is_none() && status.code != buildkit_gateway::GrpcCode::UNKNOWN {
            return Err(status);
        }
        let (code, message) = match exit {
            Some("2") if !check.label.starts_with("run ") => {
                (Code::CheckImpossible, format!("check not possible: {}", check.label))
            }
            Some(_) => (Code::CheckFailed, format!("check failed: {}", check.label)),
            None => (Code::CheckFailed, format!("check failed: {}: {}", check.label, status.message)),
        };
        let mut found = Diagnostic::error(code, check.span, message).help_if(check.because.clone());
        if let Some(platform) = platform {
            found = found.label(format!("for {platform}"));
        }
        Ok(found)
    }
}
