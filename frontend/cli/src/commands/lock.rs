//! `varve lock --check`: whether the lock is up to date with the family.

use serde_json::json;
use varve_spec::Sources;

use crate::answer::{Answer, Failure, counted};
use crate::arguments::{FamilyArgs, Format};
use crate::paint::Colours;
use crate::{findings, load};

/// The text of `varve lock --help`.
const ABOUT: &str = "\
Show whether image.lock is up to date with the family

Only a builder can write a lock, because it needs the registries:

    docker buildx build --call=lock -f image.yaml . > image.lock";

/// Show whether image.lock is up to date with the family
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// Compare the lock with the family (required)
    #[arg(long)]
    check: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let file = &args.family.file;
    let mut loaded = load::load(&args.family)?;
    let name = loaded.lock.0.clone();
    let write = format!("docker buildx build --call=lock -f {file} . > {name}");
    if !args.check {
        return Err(Failure::Usage(format!(
            "only a builder can write a lock, because it needs the registries:\n\n    {write}\n\n`varve lock --check` compares \
            the lock with {file}"
        )));
    }
    let Some(text) = loaded.lock.1.clone() else {
        let out = match args.format {
            Format::Json => format!("{:#}\n", json!({"lock": null, "write": write})),
            Format::Text => String::new(),
        };
        let err = format!("there is no {name}; write it with:\n\n    {write}\n");
        return Ok(Answer { out: out.into(), err, code: 1 });
    };
    loaded.take_lock()?;
    // The family names what the lock has to pin, before the lock pins it.
    let lock = std::mem::take(&mut loaded.query.lock);
    let externals = loaded.family()?.externals(&loaded.query).map_err(|found| loaded.found(found))?;
    let (missing, left_over) = lock.stale(&externals);
    let own = Sources::single(&name, text);
    let out = match args.format {
        Format::Json => {
            let found = findings::json(&missing, &loaded.sources);
            let unused = findings::json(&left_over, &own);
            format!(
                "{:#}\n",
                json!({"lock": name, "names": externals.known.len(), "missing": found, "unused": unused})
            )
        }
        Format::Text => {
            let texts = [
                findings::text(&missing, &loaded.sources, colours.out),
                findings::text(&left_over, &own, colours.out),
            ];
            texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        }
    };
    let err = match (missing.len(), left_over.len()) {
        (0, 0) => format!("{name}: up to date, {}\n", counted(externals.known.len(), "name")),
        (missing, left_over) => format!("{name}: out of date, {missing} missing, {left_over} unused\n"),
    };
    let stale = !missing.is_empty() || !left_over.is_empty();
    Ok(Answer { out: out.into(), err, code: u8::from(stale) })
}
