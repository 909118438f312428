//! `varve report`: what the variants of a family share, and what keeps them apart.

use serde_json::Value;
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format};
use crate::load;
use crate::paint::Colours;
use crate::report::{Report, in_json, in_text};
use crate::timings::Timings;
use crate::union::Union;

/// Show what the variants of the family share, and which steps keep them apart
///
/// A builder runs an operation that several variants have once. The command counts operations from the files, and asks no builder. Where a step
/// reads an axis or an argument before steps that do not, it shows what moving the step would save. This is advice: a step that is moved can
/// give another image.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The log of a build, with which processes also count by their seconds: `docker buildx build --progress=rawjson ... 2> LOG` (can be given
    /// several times)
    #[arg(long, value_name = "LOG")]
    timings: Vec<String>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let timings = Timings::read(&args.timings)?;
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    loaded.read_vcs(args.family.context(), OnUnknownVcs::Placeholder);
    let variants = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let union = Union::of(&args.family, &loaded, variants)?;
    let report = Report::of(&union, loaded.family()?, &timings);
    let out = match args.format {
        Format::Json => {
            let json: Value = in_json(&report, &union);
            format!("{json:#}\n")
        }
        Format::Text => in_text(&report),
    };
    Ok(Answer { err: loaded.warnings(colours), ..Answer::text(out) })
}
