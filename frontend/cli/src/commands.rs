//! The commands. Each command is a file with its options and what it does.

mod bake;
mod changed;
mod check;
mod ci;
mod compare;
mod completions;
mod diff;
mod dockerfile;
mod explain;
mod fmt;
mod graph;
mod init;
mod jobs;
mod key;
mod llb;
mod lock;
mod man;
mod matrix;
mod pin;
mod plan;
mod promote;
mod report;
mod schema;
mod stale;

use clap::Subcommand;

use crate::answer::{Answer, Failure};
use crate::arguments::Format;
use crate::grammar;
use crate::paint::Colours;

/// A command with its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Check(check::Args),
    Fmt(fmt::Args),
    Matrix(matrix::Args),
    Key(key::Args),
    Changed(changed::Args),
    Report(report::Args),
    Jobs(jobs::Args),
    Promote(promote::Args),
    Stale(stale::Args),
    Lock(lock::Args),
    Pin(pin::Args),
    Plan(plan::Args),
    Explain(explain::Args),
    Bake(bake::Args),
    Ci(ci::Args),
    Graph(graph::Args),
    Llb(llb::Args),
    Diff(diff::Args),
    Compare(compare::Args),
    Dockerfile(dockerfile::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(&self, colours: Colours) -> Result<Answer, Failure> {
        match self {
            Self::Init(args) => init::run(args),
            Self::Check(args) => check::run(args, colours),
            Self::Fmt(args) => fmt::run(args, colours),
            Self::Matrix(args) => matrix::run(args, colours),
            Self::Key(args) => key::run(args, colours),
            Self::Changed(args) => changed::run(args, colours),
            Self::Report(args) => report::run(args, colours),
            Self::Jobs(args) => jobs::run(args, colours),
            Self::Promote(args) => promote::run(args, colours),
            Self::Stale(args) => stale::run(args, colours),
            Self::Lock(args) => lock::run(args, colours),
            Self::Pin(args) => pin::run(args),
            Self::Plan(args) => plan::run(args, colours),
            Self::Explain(args) => explain::run(args, colours),
            Self::Bake(args) => bake::run(args, colours),
            Self::Ci(args) => ci::run(args, colours),
            Self::Graph(args) => graph::run(args, colours),
            Self::Llb(args) => llb::run(args, colours),
            Self::Diff(args) => diff::run(args, colours),
            Self::Compare(args) => compare::run(args),
            Self::Dockerfile(args) => dockerfile::run(args, colours),
            Self::Schema(args) => Ok(schema::run(args)),
            Self::Completions(args) => Ok(completions::run(args)),
            Self::Man(args) => man::run(args),
        }
    }

    /// Whether the output is JSON. Errors are then reported as JSON too.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Init(args) => args.format == Format::Json,
            Self::Fmt(args) => args.format == Format::Json,
            Self::Check(args) => args.format == check::CheckFormat::Json,
            Self::Matrix(args) => args.format == matrix::MatrixFormat::Json,
            Self::Key(args) => args.format == Format::Json,
            Self::Changed(args) => args.format == changed::ChangedFormat::Json,
            Self::Report(args) => args.format == Format::Json,
            Self::Jobs(args) => args.format == jobs::JobsFormat::Json,
            Self::Promote(args) => args.format == Format::Json,
            Self::Stale(args) => args.format == Format::Json,
            Self::Lock(args) => args.format == Format::Json,
            Self::Pin(args) => args.format == Format::Json,
            Self::Plan(args) => args.format == Format::Json,
            Self::Ci(args) => args.format == ci::CiFormat::Json,
            Self::Explain(args) => args.format == Format::Json,
            Self::Graph(args) => args.format == graph::GraphFormat::Json,
            Self::Llb(args) => args.format == llb::LlbFormat::Json,
            Self::Diff(args) => args.format == Format::Json,
            Self::Compare(args) => args.format == Format::Json,
            Self::Dockerfile(args) => args.format == Format::Json,
            Self::Bake(_) | Self::Schema(_) | Self::Completions(_) | Self::Man(_) => false,
        }
    }
}

/// Returns the text that `varve --help` prints.
pub(crate) fn long_help(colours: Colours) -> String {
    let help = grammar().render_long_help();
    if colours.out { help.ansi().to_string() } else { help.to_string() }
}
