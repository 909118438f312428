//! `varve check`: lints the whole matrix.

use clap::ValueEnum;
use serde_json::json;
use varve_spec::{Checked, Code, Diagnostic, Directive, Sources, check, nearest};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::FamilyArgs;
use crate::findings::{self, github, sarif};
use crate::load;
use crate::paint::Colours;

/// Find mistakes in all variants of the family
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// Rules to skip, separated by commas, or `all`
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = rule)]
    skip: Vec<String>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CheckFormat,
    /// For SARIF, the address of the page about a rule, with {code} in the place of its name
    #[arg(long, value_name = "URL", value_parser = page)]
    code_url: Option<String>,
}

/// The form of the output of `varve check`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Workflow commands of GitHub Actions, which mark lines of a change
    Github,
}

/// The value of `--skip` that stands for all rules.
const ALL: &str = "all";

fn rule(name: &str) -> Result<String, String> {
    let name = name.trim();
    let known = || Code::ALL.iter().map(|code| code.name()).chain([ALL]);
    if known().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    Err(match nearest(name, known()) {
        Some(near) => format!("there is no rule of that name; did you mean `{near}`?"),
        None => "there is no rule of that name; findings show theirs, such as unused-arg".to_owned(),
    })
}

fn page(url: &str) -> Result<String, String> {
    let is_page = (url.starts_with("https://") || url.starts_with("http://")) && url.contains(sarif::PLACE);
    match is_page {
        true => Ok(url.to_owned()),
        false => Err("expected an address such as https://example.com/codes/{code}.html".to_owned()),
    }
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    match checked(args, colours) {
        // What cannot be checked at all, such as a lock with mistakes, has the format too.
        Err(Failure::Found(mut found, sources))
            if matches!(args.format, CheckFormat::Sarif | CheckFormat::Github) =>
        {
            found.retain(Diagnostic::is_error);
            Ok(Answer { code: 1, ..Answer::text(args.text(&found, &sources, colours)) })
        }
        result => result,
    }
}

fn checked(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    let mut sources = loaded.sources.clone();
    let (ignore, wrong) = load::ignore_file(&args.family, &mut sources)?;
    loaded.query.missing_paths = load::missing_paths(&args.family, &loaded, &ignore);
    let skip = format!("skip={}", args.skip.join(","));
    let directive = Directive { error: args.strict, ..Directive::parse(&skip) };
    let mut checked = check(&loaded.reading, &loaded.sources, &loaded.query, &directive);
    checked.found.splice(..0, wrong);
    let out = match args.format {
        CheckFormat::Json => {
            let found = findings::json(&checked.found, &sources);
            format!("{:#}\n", json!({"variants": checked.variants, "found": found}))
        }
        _ => args.text(&checked.found, &sources, colours),
    };
    let err = format!("{}: {}\n", args.family.file, summary(&checked));
    Ok(Answer { out: out.into(), err, code: u8::from(checked.found.iter().any(Diagnostic::is_error)) })
}

impl Args {
    /// Formats diagnostics, other than as JSON.
    fn text(&self, found: &[Diagnostic], sources: &Sources, colours: Colours) -> String {
        match self.format {
            CheckFormat::Text | CheckFormat::Json => findings::text(found, sources, colours.out),
            CheckFormat::Github => github::text(found, sources),
            CheckFormat::Sarif => {
                let log = sarif::log(found, sources, &self.family.file, self.code_url.as_deref());
                format!("{log:#}\n")
            }
        }
    }
}

/// Formats the last line of the output, such as `24 variants, 1 error, 2 warnings`. A file with errors may have no matrix, so
/// no number of variants.
fn summary(checked: &Checked) -> String {
    let errors = checked.found.iter().filter(|found| found.is_error()).count();
    let warnings = checked.found.len() - errors;
    let mut parts = Vec::from_iter(checked.variants.map(|count| counted(count, "variant")));
    parts.extend((errors > 0).then(|| counted(errors, "error")));
    parts.extend((warnings > 0).then(|| counted(warnings, "warning")));
    if checked.found.is_empty() {
        parts.push("no mistakes".to_owned());
    }
    parts.join(", ")
}
