//! `varve dockerfile`: prints a variant as a Dockerfile, without asking a builder.

use serde_json::json;
use varve_frontend::render::dockerfile::dockerfile;

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Print a variant of the family as a Dockerfile that builds the same image
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: OneBuild<FamilyArgs>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    load::with_builds(&args.family.0, Purpose::Dockerfile, colours, |builds| {
        let [built] = builds else {
            let message = "a Dockerfile is for one platform: select it with --platform";
            return Err(Failure::Usage(message.to_owned()));
        };
        let text = dockerfile(built).map_err(|found| Failure::Found(found, built.sources.clone()))?;
        Ok(Answer::text(match args.format {
            Format::Json => format!("{:#}\n", json!({"dockerfile": text})),
            Format::Text => text,
        }))
    })
}
