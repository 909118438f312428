//! The command `varve`: what the frontend knows without a builder, for people, scripts and CI.
//!
//! [`run`] takes the arguments of the command line and returns what the process writes and its exit code. It reads and writes only
//! the files that the command names. It does not write to the terminal, and it does not connect to a builder.
//!
//! ```
//! use varve_cli::{Colours, run};
//!
//! let answer = run(["schema"], Colours::default());
//! assert_eq!(answer.code, 0);
//! assert!(answer.out.starts_with(b"{"));
//! let answer = run(["chek"], Colours::default());
//! assert_eq!(answer.code, 2);
//! assert!(answer.err.contains("unrecognized subcommand 'chek'"));
//! ```

mod answer;
mod arguments;
mod commands;
mod findings;
mod load;
mod paint;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

pub use answer::Answer;
pub use paint::Colours;

use arguments::CommandLine;

/// Runs a command line. The arguments do not include the name of the program.
pub fn run<W: Into<OsString>>(words: impl IntoIterator<Item = W>, colours: Colours) -> Answer {
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    if words.is_empty() {
        return Answer { out: commands::long_help(colours).into(), ..Answer::default() };
    }
    let line = std::iter::once(OsString::from("varve")).chain(words);
    match CommandLine::try_parse_from(line) {
        Ok(line) => {
            let json = line.command.is_json();
            line.command.run(colours).unwrap_or_else(|failure| failure.into_answer(json, colours))
        }
        Err(error) => Answer::of_usage(&error, colours),
    }
}

/// Returns the command line as clap describes it: its subcommands, options and help.
pub(crate) fn grammar() -> clap::Command {
    CommandLine::command()
}
