//! `varve fmt`: formats build files.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Value, json};
use varve_spec::{Diagnostic, Sources};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::Format;
use crate::format::{LineRange, NotFormatted, format, unified};
use crate::paint::{Colours, error_line};
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
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    if !args.lines.is_empty() && args.files.len() > 1 {
        return Err(Failure::Usage("--lines is about one file, and several are named".to_owned()));
    }
    let (mut sources, mut done) = (Sources::default(), Done::default());
    for name in &args.files {
        one(args, name, &mut sources, &mut done)?;
    }
    let writes = !(args.check || args.diff);
    let mut err = findings::text(&done.found, &sources, colours.err);
    done.left.iter().for_each(|reason| err += &error_line(reason, colours.err));
    let fails = !err.is_empty() || (args.check && !done.changed.is_empty());
    let out = match args.format {
        Format::Json => {
            let mut json = json!({"changed": done.changed, "written": writes});
            if !done.found.is_empty() {
                json["found"] = Value::Array(findings::json(&done.found, &sources));
            }
            err = done.left.iter().map(|reason| error_line(reason, colours.err)).collect();
            format!("{json:#}\n")
        }
        Format::Text => {
            let files = counted(args.files.len(), "file");
            let verb = if writes { "formatted" } else { "to format" };
            err += &format!("{} of {files} {verb}\n", done.changed.len());
            done.out
        }
    };
    Ok(Answer { out: out.into(), err, code: u8::from(fails) })
}

fn one(args: &Args, name: &str, sources: &mut Sources, done: &mut Done) -> Result<(), Failure> {
    let is_stdin = name == STDIN;
    let shown = if is_stdin { "standard input" } else { name };
    let text = if is_stdin { stdin()? } else { files::text(Path::new(name))? };
    let source = sources.add(shown, text.as_str());
    let formatted = match format(source, &text, &args.lines) {
        Ok(formatted) => formatted,
        Err(NotFormatted::Mistakes(found)) => {
            done.found.extend(found);
            return Ok(());
        }
        Err(NotFormatted::Unsafe(reason)) => {
            done.left.push(format!(
                "{shown} stays as it is: {reason}; this is a defect of varve, please report it"
            ));
            return Ok(());
        }
    };
    let writes = !(args.check || args.diff);
    if formatted != text {
        done.changed.push(shown.to_owned());
        if args.diff {
            done.out += &unified(shown, &text, &formatted);
        } else if writes && !is_stdin {
            // A link stays a link: what it points to is written.
            let path = fs::canonicalize(name).unwrap_or_else(|_| name.into());
            files::replace(&path, formatted.as_bytes())?;
            done.out += &format!("{name}\n");
        } else if args.check {
            done.out += &format!("{shown}\n");
        }
    }
    if is_stdin && writes {
        done.out += &formatted;
    }
    Ok(())
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
