//! `SOURCE_DATE_EPOCH` as a name: the time of the context, of a named context, or of what a stage fetches
//! (`dockerfile2llb/epoch.go`).

use buildkit_gateway::{Bridge, ByteRange, FileKind, HttpMeta, Options, Outcome, Session, Solve, Status};
use buildkit_llb::{Copy, File, GitSource, HttpSource};
use varve_spec::plan::{Action, Base, Origin, Stage};
use varve_spec::{Family, Selection};

use super::Request;
use crate::inputs::client::Client;
use crate::inputs::main_context::{CONTEXT, MainContext, is_archive};
use crate::inputs::vcs;
use crate::lower::fetch::{git_source, http_source};
use crate::request::epoch::{self, Epoch};
use crate::request::settings::family_args;
use crate::util::platform::spec_platform;
use crate::util::{git_url, report};

/// What has a time.
enum Dated {
    Commit(GitSource),
    Download(HttpSource),
    /// Nothing that is known of it has: a folder of the client, an image.
    Undated,
}

impl<B: Bridge> Request<'_, B> {
    /// As [`run`](Self::run), with a time in the place of its name.
    pub(super) async fn run_dated(self) -> Result<Outcome, Status> {
        let Some(name) = Epoch::name(self.client.options) else { return self.run().await };
        let seconds = match self.dated(name).await? {
            Dated::Commit(source) => self.committed(source).await?,
            Dated::Download(source) => self.modified(source).await?,
            Dated::Undated => None,
        };
        let text = seconds.map_or_else(String::new, |seconds| seconds.to_string());
        let mut session: Session = self.client.session.clone();
        session.opts.insert(format!("build-arg:{}", epoch::ARGUMENT), text);
        let options = Options::read(&session.opts)?;
        let client = Client { session: &session, options: &options, ..*self.client };
        Request { client: &client, ..self }.run().await
    }

    /// What a name means.
    async fn dated(&self, name: &str) -> Result<Dated, Status> {
        let dated = if name == CONTEXT {
            match &self.context {
                MainContext::Git(source) => Dated::Commit(source.as_ref().clone()),
                MainContext::Archive(source) | MainContext::BuildFile(source) => {
                    Dated::Download(source.clone())
                }
                MainContext::Sent { .. } => Dated::Undated,
            }
        } else if let Some(address) = self.client.options.named_contexts.get(name) {
            match git_url::parse(address) {
                Some(source) => Dated::Commit(source?),
                None if address.starts_with("http://") || address.starts_with("https://") => {
                    Dated::Download(HttpSource { filename: CONTEXT.to_owned(), ..HttpSource::new(address) })
                }
                None => Dated::Undated,
            }
        } else {
            self.of_stage(name).await?
        };
        if self.pong.capabilities.llb.has("source.git.mtime") {
            return Ok(dated);
        }
        // Older ones take the name for a time that is none.
        let argument = epoch::ARGUMENT;
        Err(Status::user(format!(
            "{argument} is `{name}`: a name in the place of a number of seconds needs BuildKit 0.29 or later"
        )))
    }

    /// What a stage fetches: it may do nothing else.
    async fn of_stage(&self, name: &str) -> Result<Dated, Status> {
        let reading = Family::read(self.sources);
        let family = reading.family.ok_or_else(|| report::error(&reading.found, self.sources))?;
        if !family.stages().any(|stage| stage == name) {
            return Err(epoch::unknown(name));
        }
        let asked = Selection {
            args: family_args(self.client.options, Some(&family)),
            target: Some(name.to_owned()),
            files: self.values(family.files().into_keys().map(str::to_owned).collect()).await?,
            vcs: vcs::find(self.client, &self.context, &family).await?,
            ..Selection::new(spec_platform(&self.build_platform()))
        };
        let error = |found: Vec<_>| report::error(&found, self.sources);
        let mut plan = family.select(&asked).map_err(error)?.plan().map_err(error)?;
        // What the lock does not say is told by the build itself.
        self.locked.pin(&mut plan);
        let stage = plan.stages.last();
        stage.and_then(fetched).ok_or_else(|| {
            let argument = epoch::ARGUMENT;
            let status = Status::user(format!(
                "{argument} is the stage `{name}`, which has to start from scratch and to have one step alone, \
                 `download` or `git`"
            ));
            stage.map_or(status.clone(), |stage| report::at(status, self.sources, stage.span))
        })
    }

    /// When a commit was made.
    async fn committed(&self, source: GitSource) -> Result<Option<i64>, Status> {
        let meta = self.client.bridge.resolve_source(self.client.question(source, time_of)?).await?;
        Ok(meta.git.and_then(|git| git.committed))
    }

    /// When a server says that a download was modified, else the newest of its files if it is an archive.
    async fn modified(&self, source: HttpSource) -> Result<Option<i64>, Status> {
        let meta = self.client.bridge.resolve_source(self.client.question(source.clone(), time_of)?).await?;
        match meta.http {
            Some(HttpMeta { last_modified: Some(seconds), .. }) => Ok(Some(seconds)),
            _ => self.newest(source).await,
        }
    }

    /// When the newest regular file of an archive was modified.
    async fn newest(&self, source: HttpSource) -> Result<Option<i64>, Status> {
        let bridge = self.client.bridge;
        let path = source.filename.clone();
        let mut graph = self.client.graph();
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
}

/// What the progress calls the question for a time.
fn time_of(identifier: &str) -> String {
    format!("[internal] load the time of {identifier}")
}

/// What the one step of a stage fetches.
fn fetched(stage: &Stage) -> Option<Dated> {
    let (Base::Scratch, [step]) = (&stage.base, stage.steps.as_slice()) else { return None };
    let Action::Copy(copy) = &step.action else { return None };
    match &copy.from {
        Origin::Download(download) => Some(Dated::Download(http_source(download))),
        Origin::Git(git) => git_source(git).map(Dated::Commit),
        _ => None,
    }
}
