//! `varve man`: prints the manual pages, in roff.

use std::fs;
use std::path::PathBuf;

use clap_mangen::Man;

use crate::answer::{Answer, Failure};
use crate::{files, grammar};

/// The source that the footer of each page names.
const SOURCE: &str = concat!("varve ", env!("CARGO_PKG_VERSION"));

/// The text of `varve man --help`.
const ABOUT: &str = "\
Print a manual page, or write all of them to a folder

    varve man | man -l -
    varve man check | man -l -
    varve man --dir /usr/local/share/man/man1";

/// Print a manual page, or write all of them to a folder
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    /// The command; by default varve itself
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Option<String>,
    /// Write a page for varve and for each of its commands to this folder, which varve makes if it does not exist
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let pages = pages();
    if let Some(dir) = &args.dir {
        fs::create_dir_all(dir).map_err(|error| {
            Failure::File(format!("varve cannot make the folder {}: {error}", dir.display()))
        })?;
        for (name, page) in &pages {
            files::replace(&dir.join(format!("{name}.1")), page)?;
        }
        return Ok(Answer::default());
    }
    let name = args.command.as_ref().map_or("varve".to_owned(), |command| format!("varve-{command}"));
    match pages.into_iter().find(|(page, _)| *page == name) {
        Some((_, page)) => Ok(Answer::text(page)),
        None => {
            let command = name.trim_start_matches("varve-");
            Err(Failure::Usage(format!("unknown command `{command}`; `varve help` lists the commands")))
        }
    }
}

/// Renders all pages by name, such as `varve` and `varve-check`.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut grammar = grammar();
    grammar.build();
    // `varve help COMMAND` shows the help of another command, so it has no page, and no page refers to one.
    let grammar = grammar.mut_subcommand("help", |help| help.hide(true));
    let commands = grammar.get_subcommands().filter(|command| command.get_name() != "help");
    let commands = std::iter::once(&grammar).chain(commands).cloned();
    let page = |command: clap::Command| {
        let mut page = Vec::new();
        // Writing to memory does not fail.
        let written = Man::new(command).source(SOURCE).render(&mut page);
        debug_assert!(written.is_ok());
        page
    };
    // After clap has built the grammar, the display name of a command is `varve-check`.
    let name = |command: &clap::Command| command.get_display_name().unwrap_or("varve").to_owned();
    commands.map(|command| (name(&command), page(command))).collect()
}
