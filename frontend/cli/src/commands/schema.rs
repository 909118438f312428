//! `varve schema`: the JSON Schema of build files.

use crate::answer::Answer;
use crate::arguments::JsonFormat;

/// Print the JSON Schema of build files, for editors
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    format: JsonFormat,
}

pub(super) fn run(args: &Args) -> Answer {
    let JsonFormat::Json = args.format;
    Answer::text(varve_spec::json_schema())
}
