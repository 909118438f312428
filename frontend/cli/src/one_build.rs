//! The arguments of commands about one build. They are those of commands about the matrix, with other help texts.

use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Arguments that select one build, and not a part of the matrix.
#[derive(Debug, Clone)]
pub(crate) struct OneBuild<T>(pub(crate) T);

/// The help of options that have another meaning for one build.
const HELP: [(&str, &str); 3] = [
    (
        "target",
        "The target or stage to build; by default that of `default`, or the only target, or the last stage",
    ),
    ("build_arg", "Set an axis or an argument; otherwise it has its default (can be given several times)"),
    (
        "platform",
        "The platforms to build for, such as linux/amd64,linux/arm64; by default linux/amd64, while a builder uses its own platform",
    ),
];

impl<T: Args> Args for OneBuild<T> {
    fn augment_args(command: Command) -> Command {
        with_help(T::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        with_help(T::augment_args_for_update(command))
    }
}

impl<T: FromArgMatches> FromArgMatches for OneBuild<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

fn with_help(command: Command) -> Command {
    HELP.into_iter().fold(command, |command, (name, help)| command.mut_arg(name, |arg| arg.help(help)))
}
