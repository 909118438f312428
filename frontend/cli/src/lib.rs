#![doc = include_str!("../README.md")]

mod answer;
mod arguments;
mod built;
mod changes;
mod ci;
mod commands;
mod docker;
mod files;
mod findings;
mod format;
mod git;
mod image_tags;
mod jobs;
mod keys;
mod load;
mod member;
mod one_build;
mod paint;
mod registry;
mod report;
mod root;
mod timings;
mod unified;
mod union;

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
