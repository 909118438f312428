//! Facts about a build from the files alone: images by their names, nothing resolved, nothing read from images.

use std::collections::BTreeMap;

use buildkit_gateway::{Capabilities, Options, Platform, ResolveMode, Status};
use buildkit_llb::{
    Definition, Digest, File, Graph, LocalIdentity, LocalSource, Metadata, MkDir, Output, SourceInfo,
    normalize_reference,
};
use futures_util::FutureExt as _;
use varve_spec::{Code, Diagnostic, Distribution, Family, Lock, Plan, Sources, Span, Vcs};

use super::build_facts::{BuildError, BuildFacts};
use super::driver::lower_build;
use super::lowered_build::LoweredBuild;
use super::planning::{BuildRequest, Purpose};
use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, BaseSource, ImageKey, ResolvedBase};
use crate::inputs::client::CONTEXT;
use crate::inputs::context::context_folder;
use crate::inputs::distributions::Distributions;
use crate::inputs::ignore;
use crate::inputs::images::WantedImage;
use crate::inputs::lock_file::LockFile;
use crate::lower::{OnUnknown, RootfsProgram};

/// A build without a daemon.
pub struct OfflineRequest<'a> {
    /// The files of the family.
    pub sources: &'a Sources,
    /// The family.
    pub family: &'a Family,
    /// The options of the build.
    pub options: &'a Options,
    /// The texts of the files that values are read from.
    pub files: &'a BTreeMap<String, String>,
    /// The lock, if there is one.
    pub lock: Option<&'a Lock>,
    /// The text of the ignore file of the context.
    pub ignore: Option<&'a str>,
    /// The path of the folder that is the context. It keeps definitions of different folders apart.
    pub folder: &'a str,
    /// What to do about facts that only a builder knows.
    pub on_unknown: OnUnknown,
}

/// Plans and lowers a build without a daemon.
///
/// # Errors
/// Errors in the build file or the options, and, with [`OnUnknown::Error`], facts that only a builder knows.
pub fn lower_offline(request: &OfflineRequest<'_>) -> Result<LoweredBuild, BuildError> {
    let lock = LockFile::of(request.lock);
    let build = BuildRequest {
        sources: request.sources,
        family: request.family,
        options: request.options,
        lock: &lock,
        purpose: Purpose::Show,
    };
    let mut facts = OfflineFacts { request };
    // None of the facts is waited for, so the driver is done the first time that it is polled.
    let lowered = lower_build(&mut facts, &build).now_or_never();
    lowered
        .unwrap_or_else(|| Err(Status::user("this is a bug in varve: a build without a daemon waits").into()))
}

/// The configuration of an image that is not read, if the build is only shown. A value that is prepended to its PATH shows as such.
const PLACEHOLDER_CONFIG: &str = r#"{"config": {"Env": ["PATH=$PATH"]}}"#;

/// The files alone.
pub(crate) struct OfflineFacts<'a> {
    request: &'a OfflineRequest<'a>,
}

impl OfflineFacts<'_> {
    /// The configuration of an image that is not read.
    fn config(&self) -> &'static str {
        match self.request.on_unknown {
            OnUnknown::Placeholder => PLACEHOLDER_CONFIG,
            OnUnknown::Error => "{}",
        }
    }

    /// An image by its name, with the digest of the lock.
    fn image(&self, key: &ImageKey, digest: Option<&str>) -> BaseImage {
        let mut reference = normalize_reference(&key.reference).into_owned();
        if let Some(digest) = digest {
            reference = format!("{reference}@{digest}");
        }
        BaseImage::image(&reference, self.config().as_bytes(), &key.platform, ResolveMode::Default)
    }

    /// An operation that stands for the result of a Dockerfile.
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

    async fn vcs(&mut self, _: &Family) -> Result<Vcs, BuildError> {
        Ok(match self.request.on_unknown {
            OnUnknown::Placeholder => Vcs::default().or_stand_ins(),
            OnUnknown::Error => Vcs::default(),
        })
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
        let images = images.into_iter().map(|(key, wanted)| {
            let image = self.image(&key, wanted.digest.as_deref());
            (key, ResolvedBase::Image(image))
        });
        Ok(images.collect())
    }

    fn graph(&self) -> Graph {
        Graph::new()
    }

    fn build_file_definition(&self) -> Option<Definition> {
        None
    }

    async fn context(&self, paths: Vec<String>, graph: &mut Graph) -> Result<Option<Output>, BuildError> {
        let identity = LocalIdentity::Unique(Digest::of(self.request.folder.as_bytes()).to_string());
        let exclude = self.request.ignore.map(ignore::patterns).unwrap_or_default();
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
        Ok((placeholders.collect(), Vec::new()))
    }

    fn rootfs_program(
        &self,
        _: &[&Plan],
        _: &mut Graph,
        _: &mut Vec<SourceInfo>,
    ) -> Result<Option<RootfsProgram>, BuildError> {
        Ok(None)
    }
}
