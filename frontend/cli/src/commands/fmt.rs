//! `varve fmt`: formats build files.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Value, json};
use varve_spec::{Diagnostic, Sources};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::Format;
use crate::format::{LineRange, NotFormatted, format};
use crate::paint::{Colours, error_line};
use crate::unified::unified;
use crate::{files, findings};

/// The operand for standard input.
const STDIN: &str = "-";

/// Format build files: indentation, quotes, spaces and blank lines
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files to format; `-` formats standard input to standard output
    #[arg(value_name = "FILE", default_value = "image.yaml")]
    files: Vec<String>,
    /// Change nothing, and fail if a file is not formatted
    #[arg(long)]
    check: bool,
    /// Change nothing, and print what would change
    #[arg(long)]
    diff: bool,
    /// Format only these lines, such as 3:7 (can be given several times)
    #[arg(long, value_name = "FIRST:LAST", value_parser = LineRange::parse)]
    lines: Vec<LineRange>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// What became of the files.
#[derive(Default)]
struct Done {
    /// The names of the files that were not formatted before.
    changed: Vec<String>,
    /// What `--diff` and standard input print.
    out: String,
    /// The mistakes of all files.
    found: Vec<Diagnostic>,
    /// The files that are left as they are, with the reason.
    left: Vec<String>,
    /// The files that cannot be written, with the reason.
    unwritten: Vec<Failure>,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let has_stdin = args.files.iter().any(|name| name == STDIN);
    if !args.lines.is_empty() && args.files.len() > 1 {
        return Err(Failure::Usage("--lines is about one file, and several are named".to_owned()));
    }
    if args.format == Format::Json && (args.diff || has_stdin) {
        let message = "--format json lists files: leave out --diff and `-`, which print a text";
        return Err(Failure::Usage(message.to_owned()));
    }
    // All files are read before one is written.
    let texts =
        args.files.iter().map(|name| if name == STDIN { stdin() } else { files::text(Path::new(name)) });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let (mut sources, mut done) = (Sources::default(), Done::default());
    for (name, text) in args.files.iter().zip(texts) {
        one(args, name, &text, &mut sources, &mut done);
    }
    let writes = !(args.check || args.diff);
    let left = done.left.iter().map(|reason| error_line(reason, colours.err));
    let is_written = done.unwritten.is_empty();
    let unwritten = done.unwritten.into_iter().map(|failure| failure.into_answer(false, colours).err);
    let failures: String = left.chain(unwritten).collect();
    let (out, err) = match args.format {
        Format::Json => {
            let mut json = json!({"changed": done.changed, "written": writes});
            if !done.found.is_empty() {
                json["found"] = Value::Array(findings::json(&done.found, &sources));
            }
            (format!("{json:#}\n"), failures)
        }
        Format::Text => {
            let files = counted(args.files.len(), "file");
            let verb = if writes { "formatted" } else { "to format" };
            let found = findings::text(&done.found, &sources, colours.err);
            let err = format!("{found}{failures}{} of {files} {verb}\n", done.changed.len());
            (done.out, err)
        }
    };
    let fails = !(done.found.is_empty() && done.left.is_empty()) || (args.check && !done.changed.is_empty());
    let code = if is_written { u8::from(fails) } else { 2 };
    Ok(Answer { out: out.into(), err, code })
}

fn one(args: &Args, name: &str, text: &str, sources: &mut Sources, done: &mut Done) {
    let is_stdin = name == STDIN;
    let shown = if is_stdin { "standard input" } else { name };
    let source = sources.add(shown, text);
    let formatted = match format(source, text, &args.lines) {
        Ok(formatted) => formatted,
        Err(NotFormatted::Mistakes(found)) => return done.found.extend(found),
        Err(NotFormatted::Lines) => {
            let reason = "these lines cannot be formatted without the lines around them: name more lines";
            return done.left.push(format!("{shown} stays as it is: {reason}"));
        }
        Err(NotFormatted::Unsafe(reason)) => {
            return done.left.push(format!(
                "{shown} stays as it is: {reason}; this is a defect of varve, please report it"
            ));
        }
    };
    let writes = !(args.check || args.diff);
    if formatted != text {
        if writes && !is_stdin {
            // A link stays a link: what it points to is written.
            let path = fs::canonicalize(name).unwrap_or_else(|_| name.into());
            if let Err(failure) = files::replace(&path, formatted.as_bytes()) {
                return done.unwritten.push(failure);
            }
        }
        done.changed.push(shown.to_owned());
        if args.diff {
            done.out += &unified(shown, text, &formatted);
        } else if args.check || !is_stdin {
            done.out += &format!("{shown}\n");
        }
    }
    if is_stdin && writes {
        done.out += &formatted;
    }
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(files::MAX_BYTES + 1).read_to_string(&mut text);
    match read {
        Ok(read) if read as u64 <= files::MAX_BYTES => Ok(text),
        Ok(_) => Err(Failure::File(format!(
            "standard input is larger than {} MB, which is the limit",
            files::MAX_BYTES >> 20
        ))),
        Err(error) => Err(Failure::File(format!("varve cannot read standard input: {error}"))),
    }
}
