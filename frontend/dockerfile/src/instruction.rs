//! The instructions of a Dockerfile.

use std::time::Duration;

use crate::command::Command;
use crate::copy::{Add, Copy};
use crate::names::{StageName, VariableName};
use crate::origin::Base;
use crate::run::Run;
use crate::word::Word;

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// `FROM`: begins a stage.
    From {
        /// The base of the stage.
        base: Base,
        /// The name of the stage.
        name: Option<StageName>,
    },
    /// `ARG`: build arguments, each with its default.
    Arg(Vec<(VariableName, Option<Word>)>),
    /// `ENV`: variables and their values.
    Env(Vec<(VariableName, Word)>),
    /// `LABEL`: names and values.
    Label(Vec<(Word, Word)>),
    /// `RUN`.
    Run(Run),
    /// `COPY`.
    Copy(Copy),
    /// `ADD`.
    Add(Add),
    /// `WORKDIR`.
    Workdir(Word),
    /// `USER`. An empty value means root.
    User(Word),
    /// `SHELL`: the program that runs commands in shell form, and its arguments.
    Shell(Vec<String>),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `CMD`.
    Cmd(Command),
    /// `EXPOSE`: ports such as `80/tcp`.
    Expose(Vec<Word>),
    /// `VOLUME`: paths.
    Volume(Vec<Word>),
    /// `STOPSIGNAL`.
    StopSignal(Word),
    /// `HEALTHCHECK`.
    Healthcheck(Healthcheck),
    /// `ONBUILD`: an instruction for builds that use the image as a base.
    OnBuild(Box<Instruction>),
}

/// `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// The image has no health check, even if its base has one.
    None,
    /// The image has this health check.
    Test(Test),
}

/// A health check of containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The command. It succeeds if the container is healthy.
    pub command: Command,
    /// `--interval`.
    pub interval: Option<Duration>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--start-period`.
    pub start_period: Option<Duration>,
    /// `--start-interval`.
    pub start_interval: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u64>,
}
