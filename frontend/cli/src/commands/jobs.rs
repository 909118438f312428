//! `varve jobs`: jobs that build what several builds of a family have in common, before them.

use buildkit_names::Reference;
use clap::ValueEnum;
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::FamilyArgs;
use crate::commands::bake;
use crate::jobs::output::CacheRef;
use crate::jobs::{Jobs, Machines};
use crate::load;
use crate::paint::Colours;
use crate::timings::Timings;
use crate::union::Union;

/// Show jobs that build once what several builds of the family have in common
///
/// For machines whose builders are empty, and share a registry. At most two waves of jobs come before the builds. Each job exports what it built
/// to a cache, from which all later ones import it. The estimate decides what is worth a job.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The repository in a registry for the caches
    #[arg(long, value_name = "REF", value_parser = cache_ref)]
    cache: String,
    /// The log of a build, from which the seconds and bytes of operations come: `docker buildx build --progress=rawjson ... 2> LOG` (can be
    /// given several times)
    #[arg(long, value_name = "LOG")]
    timings: Vec<String>,
    /// How many jobs run at the same time
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = count)]
    runners: usize,
    /// How many processes a machine runs at the same time without one slowing down another
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count)]
    parallel: usize,
    /// How many seconds a job takes before it builds something
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    start: f64,
    /// How many megabytes a machine pushes to the registry or pulls from it in a second
    #[arg(long, value_name = "MB", default_value_t = 50.0, value_parser = rate)]
    rate: f64,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: JobsFormat,
}

/// The form of the output of `varve jobs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum JobsFormat {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// A file for docker buildx bake with a group for each job, and all variants
    Bake,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let timings = Timings::read(&args.timings)?;
    let machines =
        Machines { runners: args.runners, parallel: args.parallel, start: args.start, rate: args.rate * 1e6 };
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    loaded.read_vcs(
        args.family.context(),
        match args.format {
            JobsFormat::Text => OnUnknownVcs::Placeholder,
            JobsFormat::Json | JobsFormat::Bake => OnUnknownVcs::Error,
        },
    );
    let variants = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
    let union = Union::of(&args.family, &loaded, variants)?;
    let jobs = Jobs::of(&union, &timings, &machines);
    let cache = CacheRef(&args.cache);
    let out = match args.format {
        JobsFormat::Text => jobs.in_text(&union, &cache, &machines),
        JobsFormat::Json => format!("{:#}\n", jobs.in_json(&union, &cache)),
        JobsFormat::Bake => {
            let family = loaded.family()?;
            let file = bake::with_place(&args.family, |place| jobs.in_bake(&union, family, place, &cache));
            format!("{file:#}\n")
        }
    };
    Ok(Answer { err: loaded.warnings(colours), ..Answer::text(out) })
}

/// The name of a repository, to which the names of caches are added as tags.
fn cache_ref(text: &str) -> Result<String, String> {
    let found: Option<Reference> = text.parse().ok();
    let reference = found.ok_or("expected a repository, such as registry.example.com/acme/cache")?;
    match reference.as_written() == reference.name_as_written() {
        true => Ok(text.to_owned()),
        false => Err("leave out the tag: each job has one of its own".to_owned()),
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a number such as 20".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .ok_or_else(|| "expected seconds such as 30".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    seconds(text).ok().filter(|rate| *rate > 0.0).ok_or_else(|| "expected megabytes such as 50".to_owned())
}
