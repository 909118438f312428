//! `varve explain`: shows where each step of a build comes from, and what is omitted.

use varve_frontend::render::{explain_text, explanations};

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Explain a build: where each step comes from, and which steps are omitted
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: OneBuild<FamilyArgs>,
    /// Show only this stage
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    if let Some(stage) = &args.stage {
        let loaded = load::load(&args.family.0)?;
        loaded.family()?.has_stage(stage).map_err(|error| loaded.found(vec![error]))?;
    }
    load::with_builds(&args.family.0, Purpose::Report, colours, |builds| {
        let explanations = explanations(builds, args.stage.as_deref());
        Ok(Answer::text(match args.format {
            Format::Json => format!("{explanations:#}\n"),
            Format::Text => explain_text(&explanations),
        }))
    })
}
