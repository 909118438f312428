//! Resolves a name as the value of `SOURCE_DATE_EPOCH`. The build then gets the time of the context, of a named context, or of the
//! source that a stage fetches (`dockerfile2llb/epoch.go`).

use buildkit_gateway::{Bridge, ByteRange, FileKind, HttpMeta, Session, Solve, Status};
use buildkit_llb::{Copy, File, GitSource, GitUrl, HttpSource};
use buildkit_names::is_http;
use varve_spec::plan::{Action, Base, Origin, Stage};
use varve_spec::{Family, Selection};

use super::build_facts::BuildFacts as _;
use super::daemon_facts::DaemonFacts;
use crate::inputs::client::CONTEXT;
use crate::inputs::main_context::{MainContext, is_archive};
use crate::inputs::vcs;
use crate::lower::fetch::{git_source, http_source};
use crate::request::epoch::{self, Epoch};
use crate::request::settings::family_args;
use crate::util::report;

/// The source that a name stands for.
enum EpochSource {
    /// A commit. The time is that of the commit.
    Commit(GitSource),
    /// A download. The time is that which the server states, or that of the newest file in the archive.
    Download(HttpSource),
    /// A source without a time: a folder of the client, or an image.
    Timeless,
}

/// Returns the session with a number of seconds in place of the name. `None` if `SOURCE_DATE_EPOCH` is not a name.
pub(crate) async fn resolve<B: Bridge>(daemon: &DaemonFacts<'_, B>) -> Result<Option<Session>, Status> {
    let Some(name) = Epoch::name(daemon.client.options) else { return Ok(None) };
    let seconds = match source(daemon, name).await? {
        EpochSource::Commit(source) => commit_time(daemon, source).await?,
        EpochSource::Download(source) => download_time(daemon, source).await?,
        EpochSource::Timeless => None,
    };
    let text = seconds.map_or_else(String::new, |seconds| seconds.to_string());
    let mut session: Session = daemon.client.session.clone();
    session.opts.insert(format!("build-arg:{}", epoch::ARGUMENT), text);
    Ok(Some(session))
}

/// Finds the source that a name stands for.
async fn source<B: Bridge>(daemon: &DaemonFacts<'_, B>, name: &str) -> Result<EpochSource, Status> {
    let source = if name == CONTEXT {
        match &daemon.context {
            MainContext::Git(source) => EpochSource::Commit(source.as_ref().clone()),
            MainContext::Archive(source) | MainContext::BuildFile(source) => {
                EpochSource::Download(source.clone())
            }
            MainContext::Sent { .. } => EpochSource::Timeless,
        }
    } else if let Some(address) = daemon.client.options.named_contexts.get(name) {
        match GitUrl::of_context(address) {
            Some(url) => EpochSource::Commit(GitSource::new(url?)),
            None if is_http(address) => {
                EpochSource::Download(HttpSource { filename: CONTEXT.to_owned(), ..HttpSource::new(address) })
            }
            None => EpochSource::Timeless,
        }
    } else {
        stage_source(daemon, name).await?
    };
    if daemon.pong.capabilities.llb.has("source.git.mtime") {
        return Ok(source);
    }
    // Earlier versions of BuildKit do not accept names.
    let argument = epoch::ARGUMENT;
    Err(Status::user(format!(
        "{argument} is `{name}`: a name instead of a number of seconds requires BuildKit 0.29 or later"
    )))
}

/// Finds the source that a stage fetches. The stage must consist of this one step.
async fn stage_source<B: Bridge>(daemon: &DaemonFacts<'_, B>, name: &str) -> Result<EpochSource, Status> {
    let reading = Family::read(daemon.sources);
    let family = reading.family.ok_or_else(|| report::error(&reading.found, daemon.sources))?;
    if !family.stages().any(|stage| stage == name) {
        return Err(epoch::unknown(name));
    }
    let error = |errors: Vec<_>| report::error(&errors, daemon.sources);
    let selection = Selection {
        args: family_args(daemon.client.options, Some(&family)).map_err(error)?,
        target: Some(name.to_owned()),
        files: daemon.read_value_files(&family).await?,
        vcs: vcs::find(daemon.client, &daemon.context, &family).await?,
        ..Selection::new(daemon.build_platform())
    };
    let mut plan = family.select(&selection).map_err(error)?.plan().map_err(error)?;
    // The build itself reports names that the lock has no entry for.
    daemon.lock.pin(&mut plan);
    let stage = plan.stages.last();
    stage.and_then(fetched).ok_or_else(|| {
        let argument = epoch::ARGUMENT;
        let status = Status::user(format!(
            "{argument} is the stage `{name}`, which must start from scratch and have exactly one step, `download` or `git`"
        ));
        stage.map_or(status.clone(), |stage| report::at(status, daemon.sources, stage.span))
    })
}

/// Resolves the time of a commit.
async fn commit_time<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    source: GitSource,
) -> Result<Option<i64>, Status> {
    let meta = daemon.client.bridge.resolve_source(daemon.client.source_request(source, time_of)?).await?;
    Ok(meta.git.and_then(|git| git.committed))
}

/// Resolves the modification time of a download. If the server states none, it is the time of the newest file in the archive.
async fn download_time<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    source: HttpSource,
) -> Result<Option<i64>, Status> {
    let meta =
        daemon.client.bridge.resolve_source(daemon.client.source_request(source.clone(), time_of)?).await?;
    match meta.http {
        Some(HttpMeta { last_modified: Some(seconds), .. }) => Ok(Some(seconds)),
        _ => newest_file_time(daemon, source).await,
    }
}

/// Returns the time of the newest regular file in an archive. `None` if the download is not an archive.
async fn newest_file_time<B: Bridge>(
    daemon: &DaemonFacts<'_, B>,
    source: HttpSource,
) -> Result<Option<i64>, Status> {
    let bridge = daemon.client.bridge;
    let path = source.filename.clone();
    let mut graph = daemon.client.graph();
    let download = graph.add(source);
    let download = graph.root(download);
    let Some(fetched) = bridge.solve(Solve::encoded(graph.encode(download, &[]))).await?.single()? else {
        return Ok(None);
    };
    let start = ByteRange { offset: 0, length: 1024 };
    if !is_archive(&bridge.read_file(&fetched, &path, Some(start)).await?) {
        return Ok(None);
    }
    let unpack = Copy { unpack: true, ..Copy::new(download, format!("/{path}"), "/") };
    let files = graph.add(File::new(None, unpack));
    let files = graph.encode(graph.root(files), &[]);
    let Some(files) = bridge.solve(Solve::encoded(files)).await?.single()? else { return Ok(None) };
    let mut newest = None;
    let mut open = vec!["/".to_owned()];
    while let Some(folder) = open.pop() {
        for entry in bridge.read_dir(&files, &folder, None).await? {
            match entry.kind() {
                FileKind::Directory => open.push(format!("{folder}{}/", entry.path)),
                FileKind::Regular => newest = newest.max(Some(entry.modified.div_euclid(1_000_000_000))),
                FileKind::Symlink | FileKind::Other => {}
            }
        }
    }
    Ok(newest)
}

/// Formats the name that the progress shows for the request of a time.
fn time_of(identifier: &str) -> String {
    format!("[internal] load the time of {identifier}")
}

/// Returns the source that a stage fetches. `None` unless the stage starts from scratch and has exactly one step.
fn fetched(stage: &Stage) -> Option<EpochSource> {
    let (Base::Scratch, [step]) = (&stage.base, stage.steps.as_slice()) else { return None };
    let Action::Copy(copy) = &step.action else { return None };
    match &copy.from {
        Origin::Download(download) => Some(EpochSource::Download(http_source(download))),
        Origin::Git(git) => git_source(git).map(EpochSource::Commit),
        _ => None,
    }
}
