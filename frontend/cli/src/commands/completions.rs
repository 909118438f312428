//! `varve completions`: prints a script with which a shell completes commands and options.

use clap_complete::{Shell, generate};

use crate::answer::Answer;
use crate::grammar;

/// The text of `varve completions --help`.
const ABOUT: &str = "\
Print the completion script for a shell

For bash, add this line to ~/.bashrc:

    source <(varve completions bash)";

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum, ignore_case = true)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Answer {
    let mut out = Vec::new();
    generate(args.shell, &mut grammar(), "varve", &mut out);
    Answer::text(out)
}
