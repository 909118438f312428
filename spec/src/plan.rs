//! The plan of one variant: stages and steps without expressions or choices, in the words of the language. It knows
//! nothing of the back end that carries it out.

mod build;
mod checks;
mod image;
mod mixin;
mod mount;
mod order;
mod platform;
mod process;
mod provenance;
pub(crate) mod record;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use buildkit_names::Platform;

use crate::base::image_name::ImageName;
use crate::base::manager::Manager;
use crate::base::source::Span;

pub use crate::base::platform::StagePlatform;
pub use crate::schema::mode::Mode;
pub use checks::{Check, Claim, FileClaim};
pub use image::{Healthcheck, ImageConfig};
pub use mixin::{Setting, SettingOrigin, SettingSource};
pub use mount::{Mount, MountKind, Sharing};
pub use process::{Command, Device, Network, Process, SHELL, Script};
pub use provenance::{OCI_LABELS, Provenance};
pub use steps::account::Account;
pub use steps::copy::{Copy, Extract, Image, Origin};
pub use steps::env::{EnvChange, EnvValue};
pub use steps::fetch::{Download, Git};
pub use steps::layers::Layer;
pub use steps::packages::{Name, Package, Packages};
pub use steps::repository::{PackageSource, Repository, SigningKey, Verify};
pub use steps::snapshot::Snapshot;
pub use steps::{Action, Remove, Step};

/// What is built for one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The target or stage that was asked for.
    pub target: String,
    /// The platform the image is for.
    pub platform: Platform,
    /// The stages that are needed, each after those it needs; the last is the result.
    pub stages: Vec<Stage>,
    /// The labels that tell where the image comes from, where the file wants them.
    pub provenance: Option<Provenance>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// What it starts from.
    pub base: Base,
    /// Where `from` stands.
    pub base_span: Span,
    /// Where its processes run.
    pub platform: StagePlatform,
    /// The package manager, where the file says it.
    pub package_manager: Option<Manager>,
    /// What is done, in order. Settings of the stage come first.
    pub steps: Vec<Step>,
    /// The configuration of the image that no step sees.
    pub image: ImageConfig,
    /// Whether everything becomes one layer, with the configuration kept.
    pub flatten: bool,
    /// What has to hold of the built file system.
    pub checks: Vec<Check>,
}

impl Plan {
    /// All steps of all stages, those of layers among them, in their order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(Stage::all_steps)
    }

    /// The images that it names, each with the platform that it is taken for and its place. What is copied or mounted from an
    /// image is of the platform that the result is for, as in a Dockerfile; what stands in the place of a stage is of that stage's.
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

    /// Visits where the files of each copy and mount come from, with the place of the step.
    pub(crate) fn each_origin_mut(&mut self, visit: &mut dyn FnMut(&mut Origin, Span)) {
        self.stages.iter_mut().for_each(|stage| each_origin_mut(&mut stage.steps, visit));
    }
}

impl Stage {
    /// All its steps, those of layers among them, in their order.
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
            layers.iter().for_each(|layer| add_steps(&layer.steps, into));
        }
    }
}

fn each_origin_mut(list: &mut [Step], visit: &mut dyn FnMut(&mut Origin, Span)) {
    for step in list {
        match &mut step.action {
            Action::Copy(copy) => visit(&mut copy.from, step.span),
            Action::Layers(layers) => {
                layers.iter_mut().for_each(|layer| each_origin_mut(&mut layer.steps, visit))
            }
            action => {
                let mounts = action.process_mut().into_iter().flat_map(|process| &mut process.mounts);
                for mount in mounts {
                    if let MountKind::Bind { from, .. } = &mut mount.kind {
                        visit(from, mount.span);
                    }
                }
            }
        }
    }
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An image, or what a client puts in its place.
    Image(ImageName),
    /// Another stage, by its index in the plan.
    Stage(usize),
    /// A stage of a Dockerfile of the context.
    Dockerfile(Dockerfile),
}

/// A stage of a Dockerfile of the context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dockerfile {
    /// The path of the Dockerfile in the context.
    pub path: String,
    /// The stage; the last when left out.
    pub target: Option<String>,
    /// Its build arguments.
    pub args: BTreeMap<String, String>,
}

/// An owner of files: a user and perhaps a group, each by name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub user: String,
    /// The group; that of the user when left out.
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
