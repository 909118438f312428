//! `varve plan`: shows what a build does, step by step, without asking a builder.

use varve_frontend::render::{plan_text, plans};

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Show what a build does, step by step, without a builder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: OneBuild<FamilyArgs>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    load::with_builds(&args.family.0, Purpose::Report, colours, |builds| {
        let plans = plans(builds);
        Ok(Answer::text(match args.format {
            Format::Json => format!("{plans:#}\n"),
            Format::Text => plan_text(&plans),
        }))
    })
}
