//! The plan of one variant: stages and steps without expressions and choices, in terms of the language. It does not know how the
//! steps are executed.

mod build;
mod checks;
mod facts;
mod image;
mod image_name;
mod instance;
mod mixin;
mod mount;
mod needs;
mod order;
mod platform;
mod process;
mod provenance;
pub(crate) mod record;
mod references;
mod retry;
mod script_file;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use buildkit_names::Platform;

use crate::base::image_name::ImageName;
use crate::base::manager::Manager;
use crate::base::source::Span;

pub use crate::base::platform::StagePlatform;
pub use crate::schema::mode::Mode;
pub use crate::schema::written::MAX_ARGUMENT;
pub use checks::{Check, Claim, FileClaim};
pub use facts::{Fact, FactSource, MAX_FACT_BYTES};
pub use image::{Healthcheck, ImageConfig};
pub use mixin::{Setting, SettingOrigin, SettingSource};
pub use mount::{CacheSeed, Mount, MountKind, Sharing};
pub use needs::{Need, Needs, Privilege};
pub use process::{Command, Device, Network, Process, SHELL, Script};
pub use provenance::{OCI_LABELS, Provenance};
pub use retry::Retry;
pub use script_file::is_posix;
pub(crate) use script_file::{RunBy, script_file};
pub use steps::account::Account;
pub use steps::copy::{Copy, Extract, Image, Origin};
pub use steps::env::{EnvChange, EnvValue};
pub use steps::fetch::{Download, Git};
pub use steps::layers::{Layer, Layers};
pub use steps::packages::{Name, Package, Packages, Upgrade};
pub use steps::repository::{PackageSource, Repository, SigningKey, Verify};
pub use steps::snapshot::Snapshot;
pub use steps::{Action, Remove, Step};

/// The plan of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The name of the target or stage that is built.
    pub target: String,
    /// The target platform: that of the image.
    pub platform: Platform,
    /// The stages that the target reaches. Each comes after the stages that it needs, so the last one is the result.
    pub stages: Vec<Stage>,
    /// The provenance labels. `None` if the build file does not ask for them.
    pub provenance: Option<Provenance>,
}

/// A stage without expressions and choices.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// The name of the stage, with its arguments: `licences(of=runtime)`. No other stage of the plan has it.
    pub name: String,
    /// The name that the build file declares: `licences`.
    pub declared: String,
    /// The place of the name.
    pub span: Span,
    /// The base.
    pub base: Base,
    /// The place of the value of `from`.
    pub base_span: Span,
    /// The platform on which the processes of the stage run.
    pub platform: StagePlatform,
    /// The package manager. `None` if the build file does not name it.
    pub package_manager: Option<Manager>,
    /// The steps in order. The settings of the stage, such as `user`, are its first steps.
    pub steps: Vec<Step>,
    /// The configuration of the image that does not affect steps.
    pub image: ImageConfig,
    /// Whether all changes become one layer. The configuration of the base is kept.
    pub flatten: Flatten,
    /// The image tests of the stage. The last stage has those of the target too, after its own.
    pub checks: Vec<Check>,
    /// The facts of the stage and of those that it starts from.
    pub facts: BTreeMap<String, Fact>,
    /// Whether the configuration of the stage contains facts.
    pub reads_facts: bool,
}

impl Plan {
    /// The stages whose facts the image contains: the last one, and those below it whose configuration has facts.
    pub fn stages_with_facts(&self) -> Vec<&Stage> {
        let mut stages = Vec::new();
        let mut next = self.stages.last();
        while let Some(stage) = next {
            if !stage.facts.is_empty() && (stages.is_empty() || stage.reads_facts) {
                stages.push(stage);
            }
            next = match stage.base {
                Base::Stage(index) => self.stages.get(index),
                Base::Scratch | Base::Image(_) | Base::Dockerfile(_) => None,
            };
        }
        stages
    }

    /// All steps of all stages in their order, with the steps in `layers`.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(Stage::all_steps)
    }

    /// The images in the plan, each with its platform and its place. A base image has the platform of its stage. An image that files
    /// are copied or mounted from has the target platform, as in a Dockerfile. An image that replaces a stage has the platform of that
    /// stage.
    pub fn images(&self) -> Vec<(&ImageName, StagePlatform, Span)> {
        let mut images = Vec::new();
        for stage in &self.stages {
            if let Base::Image(reference) = &stage.base {
                images.push((reference, stage.platform, stage.base_span));
            }
            for (origin, _) in stage.all_steps().into_iter().flat_map(Step::origins) {
                if let Origin::Image(image) = origin {
                    images.push((&image.reference, image.platform, image.span));
                }
            }
        }
        images
    }

    /// Calls `visit` for everything that the daemon fetches for a copy, a mount or a signing key, with the place of the step or mount.
    pub(crate) fn each_fetch_mut(&mut self, visit: &mut dyn FnMut(FetchMut<'_>, Span)) {
        self.stages.iter_mut().for_each(|stage| each_fetch_mut(&mut stage.steps, visit));
    }
}

impl Stage {
    /// All steps of the stage in their order, with the steps in `layers`.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        add_steps(&self.steps, &mut steps);
        steps
    }
}

fn add_steps<'p>(list: &'p [Step], into: &mut Vec<&'p Step>) {
    for step in list {
        into.push(step);
        if let Action::Layers(layers) = &step.action {
            layers.layers.iter().for_each(|layer| add_steps(&layer.steps, into));
        }
    }
}

/// Something that the daemon fetches.
pub(crate) enum FetchMut<'p> {
    Git(&'p mut Git),
    Download(&'p mut Download),
}

fn each_fetch_mut(list: &mut [Step], visit: &mut dyn FnMut(FetchMut<'_>, Span)) {
    let visit_origin =
        |origin: &mut Origin, span: Span, visit: &mut dyn FnMut(FetchMut<'_>, Span)| match origin {
            Origin::Git(git) => visit(FetchMut::Git(git), span),
            Origin::Download(download) => visit(FetchMut::Download(download), span),
            Origin::Context | Origin::Stage(..) | Origin::Image(_) => {}
        };
    for step in list {
        match &mut step.action {
            Action::Copy(copy) => visit_origin(&mut copy.from, step.span, visit),
            Action::Repository(repository) => {
                repository.keys_mut().for_each(|key| visit(FetchMut::Download(key), step.span));
            }
            Action::Layers(layers) => {
                layers.layers.iter_mut().for_each(|layer| each_fetch_mut(&mut layer.steps, visit));
            }
            action => {
                for mount in action.process_mut().into_iter().flat_map(|process| &mut process.mounts) {
                    let span = mount.span;
                    if let Some(from) = mount.kind.origin_mut() {
                        visit_origin(from, span, visit);
                    }
                }
            }
        }
    }
}

/// Which files of a stage become one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flatten {
    /// None: each step makes a layer of its own.
    No,
    /// What the steps change. It is one layer over those of the base.
    Own,
    /// All files.
    All,
}

impl Flatten {
    fn of(word: Option<&str>) -> Self {
        match word {
            Some("true") => Self::All,
            Some("own") => Self::Own,
            _ => Self::No,
        }
    }
}

/// The base of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An empty file system.
    Scratch,
    /// An image, by its name as written in the build file.
    Image(ImageName),
    /// Another stage, by its index in [`Plan::stages`].
    Stage(usize),
    /// A stage of a Dockerfile in the context.
    Dockerfile(Dockerfile),
}

/// A stage of a Dockerfile in the context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dockerfile {
    /// The path of the Dockerfile in the context.
    pub path: String,
    /// The stage. `None` for the last one.
    pub target: Option<String>,
    /// The build arguments for the Dockerfile.
    pub args: BTreeMap<String, String>,
}

/// The owner of files: a user and optionally a group, each by name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: String,
    /// The group. `None` for the group of the user.
    pub group: Option<String>,
}

impl Owner {
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((user, group)) => Self { user: user.to_owned(), group: Some(group.to_owned()) },
            None => Self { user: text.to_owned(), group: None },
        }
    }
}

/// As in the build file: `app`, `1000:1000`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => write!(f, "{}:{group}", self.user),
            None => f.write_str(&self.user),
        }
    }
}
