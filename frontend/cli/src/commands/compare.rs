//! `varve compare`: shows how two built images differ.

use std::ffi::OsString;

use varve_compare::{Attestations, Ignore, Options, Times};

use crate::answer::{Answer, DIFFERENT, Failure};
use crate::arguments::Format;

/// The text of `varve compare --help`.
const ABOUT: &str = "\
Show how two built images differ: configuration, history, layers and every file

Each image is a path to an OCI layout, a docker archive, a tar archive of a file system, or a folder with a file system.
`PATH@SELECTOR` selects one of several images by a platform, a name or a digest.

    docker buildx build --output type=oci,dest=old.tar -f Dockerfile .
    docker buildx build --output type=oci,dest=new.tar -f image.yaml .
    varve compare old.tar new.tar --ignore history --ignore layers";

/// Show how two built images differ
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    /// The first image
    #[arg(value_name = "A")]
    first: OsString,
    /// The second image
    #[arg(value_name = "B")]
    second: OsString,
    /// A difference to ignore: a path pattern, a field or a property (can be given several times)
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,
    /// Compare the times of files and history entries too
    #[arg(long)]
    times: bool,
    /// Compare attestations too, such as provenance
    #[arg(long)]
    attestations: bool,
    /// End with the exit code 3 if the images differ
    #[arg(long)]
    exit_code: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let options = Options {
        ignore: Ignore::parse(&args.ignore).map_err(|error| Failure::Usage(error.to_string()))?,
        times: if args.times { Times::Compare } else { Times::default() },
        attestations: if args.attestations { Attestations::Compare } else { Attestations::default() },
        ..Options::default()
    };
    let comparison = varve_compare::compare(&args.first, &args.second, &options)
        .map_err(|error| Failure::File(error.to_string()))?;
    let out = match args.format {
        Format::Json => comparison.json_text(),
        Format::Text => comparison.text(),
    };
    let code = if args.exit_code && comparison.differs() { DIFFERENT } else { 0 };
    Ok(Answer { code, ..Answer::text(out) })
}
