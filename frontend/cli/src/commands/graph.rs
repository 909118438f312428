//! `varve graph`: prints the operations of a build. Base images have names instead of digests.

use clap::ValueEnum;
use varve_frontend::render::{graph_text, graphs};

use crate::answer::{Answer, Failure};
use crate::arguments::FamilyArgs;
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Draw the operations of a build for Graphviz
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: OneBuild<FamilyArgs>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: GraphFormat,
}

/// The form of the output of `varve graph`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// A graph for Graphviz
    #[default]
    Dot,
    /// Nodes and edges as JSON
    Json,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    load::with_builds(&args.family.0, Purpose::Report, colours, |builds| {
        Ok(Answer::text(match args.format {
            GraphFormat::Json => format!("{:#}\n", graphs(builds)),
            GraphFormat::Dot => graph_text(builds),
        }))
    })
}
