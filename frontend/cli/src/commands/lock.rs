//! `varve lock`: checks whether the lock is up to date with the family, or gives some of its names new pins.

mod update;

use buildkit_gateway::Platform;
use serde_json::json;
use varve_spec::{Sources, shell_quoted};

use crate::answer::{Answer, Failure, counted};
use crate::arguments::{FamilyArgs, Format, SelectionArgs, name_and_value, platform};
use crate::paint::Colours;
use crate::{docker, findings, load};

/// The text of `varve lock --help`.
const ABOUT: &str = "\
Check whether image.lock is up to date with the family, or update some of its names

Only a builder can write a lock, because it needs the registries:

    docker buildx build --call=lock -f image.yaml . > image.lock

It asks the registries, also for images that the builder has in its own store. Add --build-arg VARVE_LOCK_LOCAL=1 to lock an image
that only that store has.

--update runs this command for some names, and leaves all others as they are. It needs the program docker.";

/// Check whether image.lock is up to date with the family, or update some of its names
#[derive(Debug, clap::Args)]
#[command(long_about = ABOUT)]
pub(crate) struct Args {
    /// The build file
    #[arg(value_name = "FILE", default_value = "image.yaml")]
    file: String,
    /// Set an argument (can be given several times)
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    build_arg: Vec<(String, String)>,
    /// Select these platforms, such as linux/amd64,linux/arm64; a target that names none has them
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = platform)]
    platform: Vec<Platform>,
    /// The context, from which varve reads files; by default the folder of FILE
    #[arg(long, value_name = "DIR")]
    context: Option<String>,
    /// Compare the lock with the family
    #[arg(long)]
    check: bool,
    /// Give this name a new pin, as the lock writes it, such as debian:12 (can be given several times)
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    update: Vec<String>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let file = &args.file;
    let family = args.family();
    let mut loaded = load::load(&family)?;
    let name = loaded.lock.0.clone();
    let write =
        format!("{} > {}", docker::build("--call=lock ", file, family.context()), shell_quoted(&name));
    if !args.check && args.update.is_empty() {
        return Err(Failure::Usage(format!(
            "only a builder can write a lock, because it needs the registries:\n\n    {write}\n\n`varve lock --check` compares \
            the lock with {file}, and `varve lock --update NAME` gives a name a new pin"
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
    if !args.update.is_empty() {
        return update::run(args, &name, &text);
    }
    loaded.take_lock()?;
    // The names to pin come from the matrix without the lock, because the lock would already replace them.
    let lock = std::mem::take(&mut loaded.query.lock);
    let query = &loaded.query;
    if let Some(axis) = loaded.family()?.axes.iter().find(|axis| query.args.contains_key(&axis.name)) {
        let name = &axis.name;
        return Err(Failure::Usage(format!("a lock is for the whole family: remove --build-arg {name}")));
    }
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
    Ok(Answer { out: out.into(), err: loaded.warnings(colours) + &err, code: u8::from(stale) })
}

impl Args {
    /// The whole family: a lock takes no target.
    fn family(&self) -> FamilyArgs {
        let selection = SelectionArgs {
            target: None,
            build_arg: self.build_arg.clone(),
            platform: self.platform.clone(),
            context: self.context.clone(),
        };
        FamilyArgs { file: self.file.clone(), selection }
    }
}
