//! The instructions.

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
    /// `FROM`: a stage begins.
    From {
        /// What it starts from.
        base: Base,
        /// What it is called.
        name: Option<StageName>,
    },
    /// `ARG`: arguments, each with the value that it has when the build gives none.
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
    /// `USER`. An empty one is the superuser.
    User(Word),
    /// `SHELL`: the program to which commands that are one text are given, with its arguments.
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
    /// `ONBUILD`: an instruction for the images that start from this one.
    OnBuild(Box<Instruction>),
}

/// `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// The image has none, whatever its base has.
    None,
    /// The image has this one.
    Test(Test),
}

/// How it is found out whether a container is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What is run.
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
