//! The facts of a build without a daemon: images have only their names, and nothing is resolved or read from images.

use std::collections::BTreeMap;

use buildkit_gateway::{Capabilities, Options, Platform, ResolveMode, Status};
use buildkit_llb::{
    Definition, Digest, File, Graph, LocalIdentity, LocalSource, Metadata, MkDir, Output, SourceInfo,
};
use buildkit_names::InvalidReference;
use futures_util::FutureExt as _;
use varve_spec::{Code, Diagnostic, Distribution, Family, Lock, Plan, Sources, Span, Vcs, map_of};

use super::build_facts::{BuildError, BuildFacts};
use super::driver::lower_build;
use super::lowered_build::LoweredBuild;
use super::planning::{BuildRequest, Purpose};
use super::rootfs_program;
use crate::facts::attempts::Attempts;
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, BaseSource, ImageKey, ResolvedBase};
use crate::inputs::client::CONTEXT;
use crate::inputs::context::context_folder;
use crate::inputs::distributions::Distributions;
use crate::inputs::ignore::IgnoreFile;
use crate::inputs::images::WantedImage;
use crate::inputs::lock_file::LockFile;
use crate::lower::{OnUnknown, RootfsProgram};

/// A build without a daemon, and all its inputs.
pub struct OfflineRequest<'a> {
    /// The files of the family.
    pub sources: &'a Sources,
    /// The family.
    pub family: &'a Family,
    /// The options of the build.
    pub options: &'a Options,
    /// The texts of the files that vars are read from.
    pub files: &'a BTreeMap<String, String>,
    /// The lock, if there is one.
    pub lock: Option<&'a Lock>,
    /// The ignore file of the context. Empty if there is none.
    pub ignore: &'a IgnoreFile,
    /// The repository of the context, or placeholders for it.
    pub vcs: Vcs,
    /// The path of the context. Definitions of contexts in different folders differ by it.
    pub folder: &'a str,
    /// What happens if a fact is missing that only a builder knows.
    pub on_unknown: OnUnknown,
    /// Whether the configuration of the image has what the lock knows about base images, and what it does not know is an error. If not, the
    /// configuration has placeholders.
    pub tells_bases: bool,
}

/// Plans and lowers a build without a daemon.
///
/// # Errors
/// Returns the errors of the build file or of the options. With [`OnUnknown::Error`] it also returns an error for each missing fact
/// that only a builder knows.
pub fn lower_offline(request: &OfflineRequest<'_>) -> Result<LoweredBuild, BuildError> {
    let lock = LockFile::of(request.lock);
    let build = BuildRequest {
        sources: request.sources,
        family: request.family,
        options: request.options,
        lock: &lock,
        purpose: Purpose::Show,
        attempts: &Attempts::default(),
        facts: None,
    };
    let mut facts = OfflineFacts { request };
    // No fact is waited for, so the future is ready when it is polled for the first time.
    let lowered = lower_build(&mut facts, &build).now_or_never();
    lowered
        .unwrap_or_else(|| Err(Status::user("this is a bug in varve: a build without a daemon waits").into()))
}

/// The configuration of an image that is not read, for builds that are only shown. A value that is prepended to `PATH` is shown
/// before `$PATH`.
const PLACEHOLDER_CONFIG: &str = r#"{"config": {"Env": ["PATH=$PATH"]}}"#;

/// The facts that follow from the files alone.
pub(crate) struct OfflineFacts<'a> {
    request: &'a OfflineRequest<'a>,
}

impl OfflineFacts<'_> {
    /// Returns the configuration of an image that is not read.
    fn config(&self) -> &'static str {
        match self.request.on_unknown {
            OnUnknown::Placeholder => PLACEHOLDER_CONFIG,
            OnUnknown::Error => "{}",
        }
    }

    /// An image by its name, with the digest of the lock.
    ///
    /// # Errors
    /// The name or the digest is not valid.
    fn image(&self, key: &ImageKey, digest: Option<&str>) -> Result<BaseImage, InvalidReference> {
        let mut reference = key.reference.reference()?.clone();
        if let Some(digest) = digest {
            reference = reference.with_digest(digest)?;
        }
        let config = self.config().as_bytes();
        Ok(BaseImage::image(&reference, config, &key.platform, ResolveMode::Default))
    }

    /// Adds an operation as a placeholder for the result of a Dockerfile.
    fn dockerfile_placeholder(&self, key: &DockerfileKey, graph: &mut Graph) -> BaseImage {
        let dockerfile = &key.dockerfile;
        let name = [dockerfile.path.as_str(), dockerfile.target.as_deref().unwrap_or_default()].join(" ");
        let name = name.trim();
        let vertex = graph.add(File::new(None, MkDir::new(format!("/{name}"))));
        graph.describe(vertex, Metadata::named(format!("{name}, converted by the builder")));
        let source = graph.root(vertex).map_or(BaseSource::Scratch, BaseSource::Output);
        BaseImage { source, config: Some(self.config().into()), ..BaseImage::default() }
    }
}

impl BuildFacts for OfflineFacts<'_> {
    fn build_platform(&self) -> Platform {
        Platform::new("linux", "amd64")
    }

    fn capabilities(&self) -> Option<&Capabilities> {
        None
    }

    fn on_unknown(&self) -> OnUnknown {
        self.request.on_unknown
    }

    fn tells_bases(&self) -> bool {
        self.request.tells_bases
    }

    async fn vcs(&mut self, _: &Family) -> Result<Vcs, BuildError> {
        Ok(self.request.vcs.clone())
    }

    async fn value_files(&self, _: &Family) -> Result<BTreeMap<String, String>, BuildError> {
        Ok(self.request.files.clone())
    }

    async fn images(
        &self,
        _: &Family,
        _: &[&Plan],
        images: BTreeMap<ImageKey, WantedImage>,
    ) -> Result<BTreeMap<ImageKey, ResolvedBase>, BuildError> {
        let mut resolved = BTreeMap::new();
        for (key, wanted) in images {
            let image = self
                .image(&key, wanted.digest.as_deref())
                .map_err(|error| vec![Diagnostic::error(Code::BadValue, wanted.span, error.to_string())])?;
            resolved.insert(key, ResolvedBase::Image(image));
        }
        Ok(resolved)
    }

    fn graph(&self) -> Graph {
        Graph::new()
    }

    fn build_file_definition(&self) -> Option<Definition> {
        None
    }

    async fn context(&self, paths: Vec<String>, graph: &mut Graph) -> Result<Option<Output>, BuildError> {
        let identity = LocalIdentity::Unique(Digest::of(self.request.folder.as_bytes()).to_string());
        let exclude = self.request.ignore.patterns().to_vec();
        let folder = LocalSource { identity, exclude, ..LocalSource::new(CONTEXT, "") };
        Ok(context_folder(folder, paths, graph))
    }

    async fn distributions(
        &self,
        distributions: Distributions,
    ) -> Result<BTreeMap<ImageKey, Distribution>, BuildError> {
        Ok(distributions.known)
    }

    async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        _: &mut Vec<SourceInfo>,
    ) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), BuildError> {
        if let (OnUnknown::Error, Some((_, span))) = (self.request.on_unknown, keys.first_key_value()) {
            let error = Diagnostic::error(Code::BadValue, *span, "the stage starts from a Dockerfile");
            let error = error.label("only a builder can convert a Dockerfile");
            return Err(vec![error.help("build it with `docker buildx build`")].into());
        }
        let keys = keys.into_keys();
        let placeholders = keys.map(|key| (key.clone(), self.dockerfile_placeholder(&key, graph)));
        Ok((map_of(placeholders), Vec::new()))
    }

    fn rootfs_program(
        &self,
        plans: &[&Plan],
        graph: &mut Graph,
        _: &mut Vec<SourceInfo>,
    ) -> Result<Option<RootfsProgram>, BuildError> {
        let OfflineRequest { sources, options, .. } = self.request;
        let build = self.build_platform();
        Ok(rootfs_program::of_build_file(sources, options, (plans, &build), graph)?)
    }
}
