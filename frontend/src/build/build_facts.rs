//! The interface to facts that only a builder knows, because neither the build file nor the options contain them.
//!
//! The driver gets them from a [`BuildFacts`]. There are two implementations: [`DaemonFacts`](super::daemon_facts::DaemonFacts)
//! asks the daemon, and [`OfflineFacts`](super::offline_facts::OfflineFacts) has only the files.

use std::collections::BTreeMap;

use buildkit_gateway::{Capabilities, Platform, Status};
use buildkit_llb::{Definition, Graph, Output, SourceInfo};
use varve_spec::{Diagnostic, Distribution, Family, Plan, Sources, Span, Vcs};

use crate::facts::dockerfiles::DockerfileKey;
use crate::facts::images::{BaseImage, ImageKey, ResolvedBase};
use crate::inputs::distributions::Distributions;
use crate::inputs::images::WantedImage;
use crate::lower::{OnUnknown, RootfsProgram};
use crate::util::report;

/// The facts that only a builder knows. The methods are in the order in which the driver calls them.
pub(crate) trait BuildFacts {
    /// Returns the platform of the machine that builds.
    fn build_platform(&self) -> Platform;

    /// Returns the capabilities of the daemon. `None` if there is no daemon.
    fn capabilities(&self) -> Option<&Capabilities>;

    /// Returns what happens if a fact stays unknown.
    fn on_unknown(&self) -> OnUnknown;

    /// Whether a value that depends on a base image needs what is known about the image. If not, it has a placeholder.
    fn tells_bases(&self) -> bool;

    /// Finds out the commit and the address of the repository that the context comes from, and pins the context to this commit.
    async fn vcs(&mut self, family: &Family) -> Result<Vcs, BuildError>;

    /// Reads the files that vars are read from. Files that do not exist are left out.
    async fn value_files(&self, family: &Family) -> Result<BTreeMap<String, String>, BuildError>;

    /// Resolves the images that plans name.
    async fn images(
        &self,
        family: &Family,
        plans: &[&Plan],
        images: BTreeMap<ImageKey, WantedImage>,
    ) -> Result<BTreeMap<ImageKey, ResolvedBase>, BuildError>;

    /// Creates an empty graph that encodes operations in the field order of the daemon's BuildKit.
    fn graph(&self) -> Graph;

    /// Returns the definition that loads the build file. It is the origin of the lines that source locations refer to.
    fn build_file_definition(&self) -> Option<Definition>;

    /// Adds the build context to the graph, reduced to some paths.
    async fn context(&self, paths: Vec<String>, graph: &mut Graph) -> Result<Option<Output>, BuildError>;

    /// Finds out the distributions of images, if that is possible.
    async fn distributions(
        &self,
        distributions: Distributions,
    ) -> Result<BTreeMap<ImageKey, Distribution>, BuildError>;

    /// Adds the stages of Dockerfiles that plans start from to the graph. Also returns warnings of the lock.
    async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), BuildError>;

    /// Adds the program that runs rootfs tests and unpacks archives to the graph. `None` if no step and no test runs it.
    fn rootfs_program(
        &self,
        plans: &[&Plan],
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<Option<RootfsProgram>, BuildError>;
}

/// The reason why a build cannot be lowered.
pub enum BuildError {
    /// Errors in the build file, and warnings beside them.
    Findings(Vec<Diagnostic>),
    /// Invalid options, or a failure of the daemon.
    Status(Status),
}

impl BuildError {
    /// Converts the error to BuildKit's form, with excerpts of the build file.
    pub(crate) fn into_status(self, sources: &Sources) -> Status {
        match self {
            Self::Findings(diagnostics) => report::error(&diagnostics, sources),
            Self::Status(status) => status,
        }
    }
}

impl From<Vec<Diagnostic>> for BuildError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Findings(diagnostics)
    }
}

impl From<Status> for BuildError {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}
