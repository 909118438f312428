//! Builds the request of a client: loads, plans, lowers, solves, and returns the result.
//!
//! [`build`] loads the files and decides what the request is for. `build/driver.rs` has the phases from the family to the graph.

mod answer;
pub(crate) mod build_facts;
mod daemon_facts;
mod driver;
mod epoch_source;
mod index_annotations;
mod limits;
mod lock_images;
pub(crate) mod lowered_build;
pub(crate) mod offline_facts;
mod outcome;
pub(crate) mod planning;
mod refetch;
mod resolve_names;
pub(crate) mod rootfs_program;
mod rootfs_tests;
mod sbom;
pub(crate) mod serve;
mod solve;
mod stage_facts;
mod unsupported_caps;
mod until;
mod variant_metadata;
mod warnings;
mod write_lock;

use buildkit_gateway::{Bridge, Options, Outcome, Session, Status, check_frontend_caps};
use buildkit_llb::FieldOrder;
use varve_spec::Family;

use crate::facts::attempts::Attempts;
use crate::inputs::build_file;
use crate::inputs::client::Client;
use crate::inputs::lock_file::LockFile;
use crate::inputs::main_context::MainContext;
use crate::request::epoch::Epoch;
use crate::subrequests::{AnsweredFrom, BuildAnswer, Subrequest};
use crate::util::report;
use daemon_facts::DaemonFacts;
use driver::lower_build;
use planning::{BuildRequest, PlatformFacts, Purpose};

/// The capabilities that the label of the frontend image claims. The frontend has to honour each of them.
pub(crate) const FRONTEND_CAPS: &[&str] = &[
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// Handles the request of a session, which is a build or a subrequest.
///
/// # Errors
/// Returns the errors of the build file or of the request, with excerpts of the file, or the daemon's own error.
pub async fn build(bridge: &impl Bridge, session: &Session) -> Result<Outcome, Status> {
    let options = Options::read(&session.opts)?;
    check_frontend_caps(&options.frontend_caps, FRONTEND_CAPS)?;
    let subrequest = options.request.as_deref().map(Subrequest::find).transpose()?;
    if let Some(subrequest) = subrequest
        && let AnsweredFrom::Table(answer) = &subrequest.from
    {
        return Ok(subrequest.outcome(answer()));
    }

    let pong = bridge.ping().await?;
    pong.capabilities.check_minimum().map_err(|missing| Status::user(missing.to_string()))?;
    // The release that introduced this capability also changed the order of fields.
    let order = match pong.capabilities.llb.has("exec.validexitcode") {
        true => FieldOrder::OpLast,
        false => FieldOrder::ByNumber,
    };
    let client = Client { bridge, session, options: &options, order };
    let mut context = MainContext::find(&client).await?;
    if Epoch::is_given(&options) && pong.capabilities.llb.has("source.git.mtime") {
        context.use_commit_time();
    }

    let file = build_file::load(&client, &context).await?;
    let sources = match build_file::with_includes(&client, &context, &file).await {
        Ok(sources) => sources,
        Err(status) => {
            let outcome = subrequest.and_then(|subrequest| subrequest.outcome_of_failure(&status));
            return outcome.ok_or(status);
        }
    };
    let lock = match subrequest {
        // The names come from the family alone. The text of an existing lock does not matter for a new one.
        Some(Subrequest { from: AnsweredFrom::Registries(_), .. }) => LockFile::default(),
        _ => LockFile::read(&options, &file)?,
    };
    let daemon =
        DaemonFacts { client: &client, pong: &pong, context, file: &file, sources: &sources, lock: &lock };

    let Some(subrequest) = subrequest else { return build_at_epoch(daemon, None).await };
    match &subrequest.from {
        AnsweredFrom::Table(answer) => Ok(subrequest.outcome(answer())),
        AnsweredFrom::File(answer) => {
            let mut answer = answer::from_file(&daemon, *answer).await?;
            warnings::report(&daemon, std::mem::take(&mut answer.warnings)).await?;
            Ok(subrequest.outcome(answer))
        }
        AnsweredFrom::Registries(request) => {
            Ok(subrequest.outcome(write_lock::answer(daemon, *request).await?))
        }
        AnsweredFrom::Build(answer) => build_at_epoch(daemon, Some((subrequest, *answer))).await,
    }
}

/// Replaces `SOURCE_DATE_EPOCH` by a number of seconds if the client gives it as a name, and builds.
async fn build_at_epoch<B: Bridge>(
    daemon: DaemonFacts<'_, B>,
    shown: Option<(&Subrequest, BuildAnswer)>,
) -> Result<Outcome, Status> {
    let Some(session) = epoch_source::resolve(&daemon).await? else {
        return lower_and_finish(daemon, shown).await;
    };
    let options = Options::read(&session.opts)?;
    let client = Client { session: &session, options: &options, ..*daemon.client };
    lower_and_finish(DaemonFacts { client: &client, ..daemon }, shown).await
}

/// Lowers the build. Then solves it, or answers a subrequest about it.
async fn lower_and_finish<B: Bridge>(
    mut daemon: DaemonFacts<'_, B>,
    shown: Option<(&Subrequest, BuildAnswer)>,
) -> Result<Outcome, Status> {
    let (sources, options, lock) = (daemon.sources, daemon.client.options, daemon.lock);
    let reading = Family::read(sources);
    let family = reading.family.ok_or_else(|| report::error(&reading.found, sources))?;
    let until = until::steps(options);
    let purpose = match (shown, until) {
        (Some(_), _) => Purpose::Show,
        (None, Some(_)) => Purpose::SolveSteps,
        (None, None) => Purpose::Solve,
    };
    let mut attempts = Attempts::default();
    // The facts that the build found, and the tags of each platform as they were before.
    let mut facts: Option<(PlatformFacts, Vec<Vec<String>>)> = None;
    loop {
        let found = facts.as_ref().map(|(found, _)| found);
        let request = BuildRequest {
            sources,
            family: &family,
            options,
            lock,
            purpose,
            attempts: &attempts,
            facts: found,
        };
        let lowered = lower_build(&mut daemon, &request).await.map_err(|error| error.into_status(sources))?;
        if attempts.is_first() && facts.is_none() {
            warnings::report(&daemon, [reading.found.clone(), lowered.warnings.clone()].concat()).await?;
        }
        if let Some((subrequest, answer)) = shown {
            return Ok(subrequest.outcome(answer(&lowered.built(sources))?));
        }
        let retried = refetch::retried(&lowered);
        let of_variant = variant_metadata::metadata(&lowered.platforms);
        let (found, of_facts) = match &facts {
            // The facts are in the configuration of the image, which steps do not have.
            _ if until.is_some() => (None, None),
            None if stage_facts::has_facts(&lowered) => {
                (Some(stage_facts::find(&daemon, &lowered).await), None)
            }
            None => (None, None),
            Some((found, before)) => (None, Some(stage_facts::metadata(&lowered.platforms, found, before)?)),
        };
        let outcome = match found {
            // The configuration of the image contains the facts, so the plan is made again.
            Some(Ok(found)) => {
                facts = Some((found, lowered.platforms.into_iter().map(|one| one.tags).collect()));
                continue;
            }
            Some(Err(status)) => Err(status),
            None => match until {
                Some(steps) => until::solve(&daemon, &lowered, steps).await,
                None => solve::solve(&daemon, lowered).await.map(|mut outcome| {
                    outcome.metadata.extend(of_variant.into_iter().chain(of_facts));
                    outcome
                }),
            },
        };
        match outcome {
            Err(status) => match refetch::failed(&status, &retried, &mut attempts) {
                Some(fetch) => refetch::pause(fetch.retry.delay).await,
                None => return Err(status),
            },
            solved => return solved,
        }
    }
}
