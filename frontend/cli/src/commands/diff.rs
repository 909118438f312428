//! `varve diff`: shows which steps two variants of a family share, and what differs.

use varve_frontend::render::{Built, diff_text, difference};

use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, Format, SelectionArgs};
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Show what two variants of the family share, and what differs
///
/// Name a variant by the values that differ from the default: `device=cuda`, `target=runtime,platform=linux/arm64`.
/// A single variant is compared with the default.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One or two variants
    #[arg(value_name = "NAME=VALUE,...", required = true, num_args = 1..=2)]
    members: Vec<String>,
    /// The build file
    #[arg(long, value_name = "FILE", default_value = "image.yaml")]
    file: String,
    #[command(flatten)]
    selection: OneBuild<SelectionArgs>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let common = FamilyArgs { file: args.file.clone(), selection: args.selection.0.clone() };
    let (first, second) = match args.members.as_slice() {
        [first, second] => (Some(first.as_str()), second.as_str()),
        [second] => (None, second.as_str()),
        _ => return Err(Failure::Usage("expected one or two variants".to_owned())),
    };
    let names = [first.unwrap_or("default").to_owned(), second.to_owned()];
    let first = first.map_or_else(|| Ok(common.clone()), |first| common.member(first))?;
    let second = common.member(second)?;
    let single = |builds: &[Built<'_>]| match builds {
        [_] => Ok(()),
        _ => Err(Failure::Usage("the comparison is for one platform: select it with --platform".to_owned())),
    };
    load::with_builds(&first, Purpose::Report, colours, |firsts| {
        single(firsts)?;
        load::with_builds(&second, Purpose::Report, colours, |seconds| {
            single(seconds)?;
            let (Some(first), Some(second)) = (firsts.first(), seconds.first()) else {
                return Ok(Answer::default());
            };
            let difference = difference(&names, first, second);
            Ok(Answer::text(match args.format {
                Format::Json => format!("{difference:#}\n"),
                Format::Text => diff_text(&difference),
            }))
        })
    })
}
