//! What a run of the command comes to.

use varve_spec::{Diagnostic, Sources};

use crate::findings;
use crate::paint::{Colours, error_line};

/// What the process writes, and how it ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// For standard output.
    pub out: Vec<u8>,
    /// For standard error.
    pub err: String,
    /// The exit code: 0 done, 1 mistakes were found, 2 the command line is wrong or a file cannot be read or written.
    pub code: u8,
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asks for something that does not exist.
    Usage(String),
    /// A file cannot be read or written.
    File(String),
    /// The files of the family have mistakes.
    Found(Vec<Diagnostic>, Sources),
}

/// A number with its noun: `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

impl Answer {
    /// An answer for standard output.
    pub(crate) fn text(out: impl Into<Vec<u8>>) -> Self {
        Self { out: out.into(), ..Self::default() }
    }

    /// The answer to a command line that clap does not accept, or that asks for help or the version.
    pub(crate) fn of_usage(error: &clap::Error, colours: Colours) -> Self {
        let code = u8::try_from(error.exit_code()).unwrap_or(2);
        let text = |colour: bool| match colour {
            true => error.render().ansi().to_string(),
            false => error.render().to_string(),
        };
        if error.use_stderr() {
            Self { err: text(colours.err), code, ..Self::default() }
        } else {
            Self { out: text(colours.out).into(), code, ..Self::default() }
        }
    }
}

impl Failure {
    /// The answer that reports it; with `json` findings are JSON on standard output.
    pub(crate) fn into_answer(self, json: bool, colours: Colours) -> Answer {
        match self {
            Self::Usage(message) | Self::File(message) => {
                Answer { err: error_line(&message, colours.err), code: 2, ..Answer::default() }
            }
            Self::Found(mut found, sources) => {
                found.retain(Diagnostic::is_error);
                if json {
                    let json = serde_json::json!({"found": findings::json(&found, &sources)});
                    return Answer { out: format!("{json:#}\n").into(), code: 1, ..Answer::default() };
                }
                Answer { err: findings::text(&found, &sources, colours.err), code: 1, ..Answer::default() }
            }
        }
    }
}
