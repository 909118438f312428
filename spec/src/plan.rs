//! The plan of one variant: stages and steps without expressions or choices, in the words of the language. It knows
//! nothing of the back end that carries it out.

mod build;
mod command;
mod env;
mod image;
mod mixin;
mod mount;
mod step;

use crate::platform::Platform;
use crate::source::Span;

pub use command::{Command, Process, Script};
pub use env::{EnvChange, EnvValue};
pub use image::{Healthcheck, ImageConfig};
pub use mount::{Mount, MountKind, Sharing};
pub use step::{Action, Copy, Origin, Remove, Step};

/// What is built for one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The target or stage that was asked for.
    pub target: String,
    /// The platform the image is for.
    pub platform: Platform,
    /// The stages that are needed, each after those it needs; the last is the result.
    pub stages: Vec<Stage>,
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
    /// What is done, in order. Settings of the stage come first.
    pub steps: Vec<Step>,
    /// The configuration of the image that no step sees.
    pub image: ImageConfig,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An image, as the user wrote it.
    Image(String),
    /// Another stage, by its index in the plan.
    Stage(usize),
}

/// Where the processes of a stage run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StagePlatform {
    /// On the platform the image is for.
    Target,
    /// On the platform of the machine that builds.
    Build,
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
