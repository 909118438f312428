//! What a run of the command writes, and its exit code.

use std::io::{self, ErrorKind, Write};

use buildkit_names::redacted;
use varve_spec::{Diagnostic, Sources};

use crate::findings;
use crate::paint::{Colours, error_line};

/// The output and the exit code of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The bytes for standard output.
    pub out: Vec<u8>,
    /// The text for standard error.
    pub err: String,
    /// The exit code: 0 for success, 1 if the command reports errors or a failed check, 2 if the command line is wrong or a file
    /// cannot be read or written, 3 for a difference with `--exit-code`.
    pub code: u8,
}

/// The exit code if there is a difference and `--exit-code` is given.
pub(crate) const DIFFERENT: u8 = 3;

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line names something that does not exist.
    Usage(String),
    /// A file cannot be read or written.
    File(String),
    /// The files of the family have errors.
    Found(Vec<Diagnostic>, Sources),
}

/// A number with its noun: `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

impl Answer {
    /// Writes the answer to the two streams of a process. Returns the exit code.
    ///
    /// A reader that closes a stream early, such as `head`, has what it wants: that is no error, and the exit code is that of the
    /// answer. Any other failure, such as a full disk, is reported on standard error, and the exit code is 2.
    pub fn write(&self, mut out: impl Write, mut err: impl Write, colours: Colours) -> u8 {
        let written = write_all(&mut out, &self.out);
        let reported = write_all(&mut err, self.err.as_bytes());
        match written.and(reported) {
            Ok(()) => self.code,
            Err(error) => {
                let message = error_line(&format!("cannot write the output: {error}"), colours.err);
                // If standard error fails too, the exit code alone reports the failure.
                let _ = write_all(&mut err, message.as_bytes());
                2
            }
        }
    }

    /// Creates an answer that writes to standard output.
    pub(crate) fn text(out: impl Into<Vec<u8>>) -> Self {
        Self { out: out.into(), ..Self::default() }
    }

    /// Converts an error of clap: an invalid command line, or a request for the help or the version.
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

/// Writes all bytes to a stream, unless its reader closed it.
fn write_all(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

impl Failure {
    /// Converts the failure to an answer. With `json`, diagnostics are written as JSON to standard output.
    pub(crate) fn into_answer(self, json: bool, colours: Colours) -> Answer {
        match self {
            Self::Usage(message) | Self::File(message) => {
                Answer { err: error_line(&redacted(&message), colours.err), code: 2, ..Answer::default() }
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
