//! `varve changed`: which variants of a family a change touches.

mod published;

use std::path::{Path, PathBuf};

use buildkit_names::redacted;
use clap::ValueEnum;
use serde_json::{Value, json};
use varve_frontend::subrequests::include;
use varve_spec::{Member, OnUnknownVcs};

use crate::answer::{Answer, DIFFERENT, Failure, counted};
use crate::arguments::FamilyArgs;
use crate::changes::tree::Repository;
use crate::changes::{Change, Changed, Side, changes, few};
use crate::commands::bake;
use crate::files::{self, or_current};
use crate::keys::{Labelled, add_keys};
use crate::load::{self, Loaded};
use crate::member::{axes, name};
use crate::paint::Colours;

/// How many untracked files are named.
const MOST_FILES: usize = 10;

/// Show which variants of the family a change touches, and why
///
/// A variant changed if its key did, which `varve key` explains. Without `--to`, the revision is compared with the files of the work
/// tree, with untracked files and without files that git ignores. With `--published`, the files are compared with the registry: the images
/// under the tags of a variant need its key as the label `varve.key`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("with").args(["since", "published"]).required(true))]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The revision before the change, such as `origin/main`
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// The revision after the change; by default the work tree
    #[arg(long, value_name = "REV", requires = "since", conflicts_with = "published")]
    to: Option<String>,
    /// Compare with the images in the registry, through `docker buildx imagetools inspect`
    #[arg(long)]
    published: bool,
    /// Exit with 3 if a variant changed, was added or was removed, or is not in the registry as it is here
    #[arg(long)]
    exit_code: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ChangedFormat,
}

/// The form of the output of `varve changed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ChangedFormat {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// A file for docker buildx bake with the variants to build
    Bake,
    /// A matrix for a GitHub Actions job with the published variants to build, on one line
    Gha,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let Some(since) = &args.since else { return published::run(args, colours) };
    let FamilyArgs { file, .. } = &args.family;
    let is_list = matches!(args.format, ChangedFormat::Bake | ChangedFormat::Gha);
    if is_list && args.to.is_some() {
        let message = "the formats bake and gha describe builds of the work tree: leave out --to";
        return Err(Failure::Usage(message.to_owned()));
    }
    let context = or_current(args.family.context());
    let folder = or_current(Path::new(file).parent().unwrap_or(Path::new("")));
    // In a bare repository, no path is there.
    let repository = match Repository::of(Path::new(".")) {
        Ok(bare) if bare.is_bare() => bare,
        _ => {
            args.family.selection.context.iter().try_for_each(|context| files::folder(Path::new(context)))?;
            Repository::of(context)?
        }
    };
    if repository.is_bare() && args.to.is_none() {
        let message =
            "the repository is bare, so it has no work tree: name the revision after the change with --to";
        return Err(Failure::Usage(message.to_owned()));
    }
    let (in_context, in_folder) = (repository.relative(context)?, repository.relative(folder)?);
    let in_file = in_folder.join(Path::new(file).file_name().unwrap_or_default());
    let folders: Vec<PathBuf> = vec![in_context.clone(), in_folder];
    let here = if repository.is_bare() { Path::new(".") } else { context };
    let read = |tree| Side::read(tree, &args.family, (&in_file, &in_context), here);
    let old = read(repository.revision(since, &folders)?)?;
    let new = read(match &args.to {
        Some(name) => repository.revision(name, &folders)?,
        None => repository.work_tree(&folders)?,
    })?;
    let is_here = Path::new(file).is_file();
    if old.members.is_empty() && new.members.is_empty() {
        // The matrix of the work tree says why nothing is selected.
        let family = if is_here { Some(load::load(&args.family)?) } else { None };
        family.iter().try_for_each(|family| family.of_matrix(|_, matrix| matrix.all_builds().map(drop)))?;
        return Err(Failure::File(format!("neither side has a variant in the file {file}")));
    }
    let changes = changes(&old, &new)?;
    let mut is_empty = changes.is_empty();
    let out = match args.format {
        ChangedFormat::Text => in_text(since, (&old, &new), &changes),
        ChangedFormat::Json => format!("{:#}\n", in_json(&old, &new, &changes)),
        ChangedFormat::Bake | ChangedFormat::Gha => {
            let mut loaded = load::load(&args.family)?;
            loaded.take_lock()?;
            loaded.read_vcs(context, OnUnknownVcs::Error);
            let mut builds = loaded.of_matrix(|_, matrix| matrix.all_builds())?;
            // A variant that lost a platform is built again without it.
            builds.retain(|build| changes.iter().any(|changed| name(changed.member) == name(build)));
            is_empty = builds.is_empty();
            let (builds, _) = add_keys(&args.family, &loaded, builds, Labelled::All)?;
            listed(args, &loaded, &builds)?
        }
    };
    let mut err = if is_here { load::load(&args.family)?.warnings(colours) } else { String::new() };
    let untracked: Vec<String> = new.untracked().iter().map(|name| name.escape_debug().to_string()).collect();
    if !untracked.is_empty() {
        let names = few(&untracked, MOST_FILES);
        err += &format!("varve: git does not track these files, and they count: {names}\n");
    }
    let code = if args.exit_code && !is_empty { DIFFERENT } else { 0 };
    Ok(Answer { code, err, ..Answer::text(out) })
}

/// The list of builds for the format `bake` or `gha`.
fn listed(args: &Args, loaded: &Loaded, builds: &[Member]) -> Result<String, Failure> {
    Ok(match args.format {
        ChangedFormat::Gha => format!("{}\n", include(builds)),
        _ => bake::file(&args.family, loaded.family()?, builds),
    })
}

fn in_json(old: &Side, new: &Side, changes: &[Changed<'_>]) -> Value {
    let variants = changes.iter().map(|changed| {
        let mut variant = json!({
            "target": changed.member.target,
            "axes": axes(changed.member),
            "platform": changed.platform,
            "change": changed.change.word(),
        });
        if let Some(difference) = &changed.difference {
            variant["step"] = json!(difference.step);
            variant["place"] = json!(difference.place);
            variant["because"] = json!(redacted(&difference.because));
        }
        variant
    });
    json!({
        "since": old.commit(),
        "to": new.commit(),
        "untracked": new.untracked(),
        "variants": variants.collect::<Vec<_>>(),
    })
}

/// The number of variants, and then those with the same change and the same reason together.
fn in_text(since: &str, (old, new): (&Side, &Side), changes: &[Changed<'_>]) -> String {
    let total: usize = new.members.iter().map(|member| member.keys.len()).sum();
    let of = |change: Change| changes.iter().filter(|changed| changed.change == change).count();
    let mut text = format!("{} of {} changed since {}", of(Change::Changed), counted(total, "image"), since);
    for change in [Change::Added, Change::Removed] {
        if of(change) > 0 {
            text += &format!(", {} {}", of(change), change.word());
        }
    }
    if let Some(commit) = old.commit() {
        text += &format!(" ({})", &commit[..commit.len().min(12)]);
    }
    text.push('\n');
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for changed in changes {
        let reason = match &changed.difference {
            None => changed.change.word().to_owned(),
            Some(difference) => {
                let step = difference.step.iter().cloned();
                let place = difference.place.iter().map(|place| format!("({place})"));
                let words = step.chain(place).collect::<Vec<_>>().join(" ");
                let colon = if words.is_empty() { "" } else { ": " };
                format!("changed: {words}{colon}{}", difference.because)
            }
        };
        let line = format!("{} {}", name(changed.member), changed.platform);
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((reason, vec![line])),
        }
    }
    for (reason, lines) in groups {
        text += &format!("\n{reason}\n");
        lines.iter().for_each(|line| text += &format!("  {line}\n"));
    }
    redacted(&text).into_owned()
}
