//! Finds out the facts of a build by asking the daemon over the bridge.

use std::collections::BTreeMap;

use buildkit_gateway::{Bridge, Capabilities, Platform, Pong, Status, Worker};
use buildkit_llb::{Definition, Differ, Graph, LocalSource, Output, SourceInfo};
use varve_spec::{Code, Diagnostic, Distribution, Family, Plan, Sources, Span, Vcs};

use super::build_facts::{BuildError, BuildFacts};
use super::rootfs_program;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase};
use crate::inputs::build_file::BuildFile;
use crate::inputs::client::{CONTEXT, Client, Folder, exclude_patterns};
use crate::inputs::context::context_folder;
use crate::inputs::distributions::Distributions;
use crate::inputs::images::{self, WantedImage};
use crate::inputs::lock_file::LockFile;
use crate::inputs::main_context::MainContext;
use crate::inputs::{dockerfiles, vcs};
use crate::lower::{OnUnknown, RootfsProgram};
use crate::util::report;

/// The daemon that builds, and the files that were loaded for the request of the client.
pub(crate) struct DaemonFacts<'a, B> {
    /// The bridge and the request of the client.
    pub(crate) client: &'a Client<'a, B>,
    /// The capabilities of the daemon, and its workers.
    pub(crate) pong: &'a Pong,
    /// The main context.
    pub(crate) context: MainContext,
    /// The build file.
    pub(crate) file: &'a BuildFile,
    /// The build file and its includes.
    pub(crate) sources: &'a Sources,
    /// The lock.
    pub(crate) lock: &'a LockFile,
}

impl<B: Bridge> BuildFacts for DaemonFacts<'_, B> {
    fn build_platform(&self) -> Platform {
        let workers = &self.client.session.workers;
        let first = Worker::build_platform(if workers.is_empty() { &self.pong.workers } else { workers });
        first.cloned().unwrap_or_else(|| Platform::new("linux", "amd64"))
    }

    fn capabilities(&self) -> Option<&Capabilities> {
        Some(&self.pong.capabilities)
    }

    fn on_unknown(&self) -> OnUnknown {
        OnUnknown::Error
    }

    fn tells_bases(&self) -> bool {
        true
    }

    async fn vcs(&mut self, family: &Family) -> Result<Vcs, BuildError> {
        let vcs = vcs::find(self.client, &self.context, family).await?;
        if let (Some(commit), true) = (&vcs.revision, self.pong.capabilities.llb.has("source.git.checksum")) {
            self.context.pin(commit);
        }
        Ok(vcs)
    }

    async fn value_files(&self, family: &Family) -> Result<BTreeMap<String, String>, BuildError> {
        Ok(self.read_value_files(family).await?)
    }

    async fn images(
        &self,
        family: &Family,
        plans: &[&Plan],
        images: BTreeMap<ImageKey, WantedImage>,
    ) -> Result<BTreeMap<ImageKey, ResolvedBase>, BuildError> {
        let stages: Vec<&str> = family.stages().collect();
        Ok(images::resolve(self.client, plans, images, self.sources, &stages).await?)
    }

    fn graph(&self) -> Graph {
        self.client.graph()
    }

    fn build_file_definition(&self) -> Option<Definition> {
        Some(self.file.definition.clone())
    }

    async fn context(&self, paths: Vec<String>, graph: &mut Graph) -> Result<Option<Output>, BuildError> {
        if let Some(remote) = self.remote_context(graph)? {
            return Ok(Some(remote));
        }
        let exclude = match &self.file.ignore {
            Some(text) => exclude_patterns(&format!("{}.dockerignore", self.file.name), text)?,
            None => self.client.docker_ignore(CONTEXT, Folder::Main).await?,
        };
        let folder = LocalSource { exclude, ..self.client.local(CONTEXT) };
        Ok(context_folder(folder, paths, graph))
    }

    async fn distributions(
        &self,
        distributions: Distributions,
    ) -> Result<BTreeMap<ImageKey, Distribution>, BuildError> {
        Ok(distributions.read_unknown(self.client, self.sources).await?)
    }

    async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), BuildError> {
        if keys.is_empty() {
            return Ok((BTreeMap::new(), Vec::new()));
        }
        let remote = self.remote_context(graph)?.map(|remote| graph.definition(Some(remote), &[]));
        let keys = (keys, self.sources);
        Ok(dockerfiles::resolve(self.client, keys, remote.as_ref(), self.lock, (graph, infos)).await?)
    }

    fn rootfs_program(
        &self,
        plans: &[&Plan],
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<Option<RootfsProgram>, BuildError> {
        let build = self.build_platform();
        let capabilities = &self.pong.capabilities;
        Ok(rootfs_program::of_daemon(self.client, capabilities, (plans, &build), graph, infos)?)
    }
}

impl<B: Bridge> DaemonFacts<'_, B> {
    /// Returns the file system of a main context that is not a folder of the client.
    pub(super) fn remote_context(&self, graph: &mut Graph) -> Result<Option<Output>, Status> {
        self.context.remote(self.client.options.context_subdir.as_deref(), graph)
    }

    /// Reads the files that vars are read from. Files that do not exist are left out.
    ///
    /// # Errors
    /// Returns an error at the place that names the file if it is not UTF-8, or a failure of the daemon.
    pub(crate) async fn read_value_files(&self, family: &Family) -> Result<BTreeMap<String, String>, Status> {
        let paths: Vec<String> = family.files().into_keys().map(str::to_owned).collect();
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut graph = self.client.graph();
        let root = match self.remote_context(&mut graph)? {
            Some(remote) => Some(remote),
            None => {
                let vertex = graph.add(LocalSource {
                    follow: paths.clone(),
                    shared_key: Some(format!("{CONTEXT}-values")),
                    differ: Differ::None,
                    ..self.client.local(CONTEXT)
                });
                graph.root(vertex)
            }
        };
        let (mut texts, mut found) = (BTreeMap::new(), Vec::new());
        let named = family.files();
        for (path, bytes) in self.client.read_files(&mut graph, root, &paths, usize::MAX).await? {
            match varve_spec::utf8(bytes) {
                Ok(text) => drop(texts.insert(path, text)),
                Err(error) => {
                    let span = named.get(path.as_str()).copied().unwrap_or_default();
                    found.push(error.named_at(Code::FileValue, &path, span));
                }
            }
        }
        if found.is_empty() { Ok(texts) } else { Err(report::error(&found, self.sources)) }
    }
}
