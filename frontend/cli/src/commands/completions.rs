//! `varve completions`: prints a script with which a shell completes commands and options.

use clap_complete::{Shell, generate};

use crate::answer::Answer;
use crate::grammar;

/// The text of `varve completions --help`.
const ABOUT: &str = "\
Print the completions of a shell

For bash, in a file that it reads at its start:

    source <(varve completions bash)";

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Answer {
    let mut out = Vec::new();
    generate(args.shell, &mut grammar(), "varve", &mut out);
    Answer::text(out)
}
