//! Facts about a build that the build file and the options do not contain, because only a builder knows them.
//!
//! The driver takes them from a [`BuildFacts`]. There are two: [`DaemonFacts`](super::daemon_facts::DaemonFacts) asks the daemon,
//! and [`OfflineFacts`](super::offline_facts::OfflineFacts) has the files alone.

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

/// What only a builder knows. The methods are in the order in which the driver calls them.
pub(crate) trait BuildFacts {
    /// The platform of the machine that builds.
    fn build_platform(&self) -> Platform;

    /// What the daemon supports. `None` if there is no daemon.
    fn capabilities(&self) -> Option<&Capabilities>;

    /// What to do about facts that stay unknown.
    fn on_unknown(&self) -> OnUnknown;

    /// The commit and the address of the repository that the context comes from. The context is pinned to that commit.
    async fn vcs(&mut self, family: &Family) -> Result<Vcs, BuildError>;

    /// The texts of the files that values of the family are read from. Files that do not exist are left out.
    async fn value_files(&self, family: &Family) -> Result<BTreeMap<String, String>, BuildError>;

    /// Resolves the images that plans name.
    async fn images(
        &self,
        family: &Family,
        plans: &[&Plan],
        images: BTreeMap<ImageKey, WantedImage>,
    ) -> Result<BTreeMap<ImageKey, ResolvedBase>, BuildError>;

    /// An empty graph that encodes operations in the order of fields of the daemon's BuildKit.
    fn graph(&self) -> Graph;

    /// The definition that loads the build file, as the origin of the lines that operations point at.
    fn build_file_definition(&self) -> Option<Definition>;

    /// The build context, reduced to some paths and added to the graph.
    async fn context(&self, paths: Vec<String>, graph: &mut Graph) -> Result<Option<Output>, BuildError>;

    /// The distributions of images, as far as they can be found out.
    async fn distributions(
        &self,
        distributions: Distributions,
    ) -> Result<BTreeMap<ImageKey, Distribution>, BuildError>;

    /// The stages of Dockerfiles that plans start from, added to the graph, with warnings of the lock file.
    async fn dockerfiles(
        &self,
        keys: BTreeMap<DockerfileKey, Span>,
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<(BTreeMap<DockerfileKey, BaseImage>, Vec<Diagnostic>), BuildError>;

    /// The program that runs the rootfs tests of plans, added to the graph. `None` if there are no tests, or they are skipped.
    fn rootfs_program(
        &self,
        plans: &[&Plan],
        graph: &mut Graph,
        infos: &mut Vec<SourceInfo>,
    ) -> Result<Option<RootfsProgram>, BuildError>;
}

/// Why a build cannot be lowered.
pub enum BuildError {
    /// Errors in the build file, and warnings beside them.
    Findings(Vec<Diagnostic>),
    /// Invalid options, or a failure of the daemon.
    Status(Status),
}

impl BuildError {
    /// The error in BuildKit's form, with excerpts of the build file.
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
