//! `varve ci`: writes the workflow in which CI builds, tests and publishes the family.

use std::path::Path;

use clap::ValueEnum;
use varve_frontend::render::bake::names;
use varve_spec::{Member, OnUnknownVcs, Vcs, shell_quoted};

use super::bake::seen_from;
use crate::answer::{Answer, Failure};
use crate::arguments::{FamilyArgs, name_and_value};
use crate::ci::{Operations, Pins, Pipeline, Runner, Source, Wishes, moving_tags, valid_secret, workflow};
use crate::files::or_current;
use crate::load::Loaded;
use crate::paint::Colours;
use crate::unified::unified;
use crate::{files, git, load};

/// The largest file that the code host starts a workflow from: 500 KB (docs.github.com, "Actions limits").
const MAX_BYTES: usize = 500_000;

/// The platform of a target that names none.
const PLATFORM: &str = "linux/amd64";

/// Write the workflow in which CI builds, tests and publishes the family
///
/// Variants that share operations are built in the same job, each platform on a runner of its own. Images are pushed without tags, tested
/// on the runners that `test-on` names, and then get their tags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The CI system
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CiFormat,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "PATH")]
    output: Option<String>,
    /// Compare the file of --output with what would be written: exit code 1 if they differ
    #[arg(long, requires = "output")]
    check: bool,
    /// The most jobs that build; as many may test
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// The runner of a platform (can be given several times)
    #[arg(long, value_name = "PLATFORM=LABEL", value_parser = Runner::parse)]
    runner: Vec<Runner>,
    /// Build when this branch changes (can be given several times)
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: Vec<String>,
    /// A tag that moves, set when all images are there; `*` is any text (can be given several times)
    #[arg(long, value_name = "PATTERN")]
    moving: Vec<String>,
    /// The secret of CI that a step uses under this id (can be given several times)
    #[arg(long, value_name = "ID=NAME", value_parser = secret)]
    secret: Vec<(String, String)>,
    /// Log in to this registry too, such as that of a base image (can be given several times)
    #[arg(long, value_name = "HOST")]
    login: Vec<String>,
    /// Take the command `varve` from this image, and label images with their keys
    #[arg(long, value_name = "IMAGE")]
    varve: Option<String>,
    /// How the workflow names actions
    #[arg(long, value_enum, default_value_t)]
    actions: ActionPins,
}

/// The CI system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CiFormat {
    /// A workflow of GitHub Actions
    #[default]
    Github,
    /// JSON for programs, such as the templates of other CI systems
    Json,
}

/// How a workflow names actions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ActionPins {
    /// By commit, which cannot change; commits in the file of --output stay
    #[default]
    Commit,
    /// By the tag of the major version
    Tag,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    loaded.take_lock()?;
    // The tags of two commits that do not exist tell which tags all commits share.
    let other = of_commit(&mut loaded, args.family.context(), '1')?;
    let builds = of_commit(&mut loaded, args.family.context(), '0')?;
    let moving = if args.moving.is_empty() { moving_tags(&builds, &other) } else { args.moving.clone() };
    let operations = Operations::of(&args.family, &loaded, &builds)?;
    let stated = &args.family.selection.platform;
    let wishes = Wishes {
        jobs: args.jobs.into(),
        runners: &args.runner,
        platforms: match stated.as_slice() {
            [] => vec![PLATFORM.to_owned()],
            stated => stated.iter().map(ToString::to_string).collect(),
        },
        moving,
        secrets: &args.secret,
        logins: &args.login,
    };
    let names = names(&builds);
    let pipeline = Pipeline::of(names.into_iter().zip(builds).collect(), &operations, &wishes)?;
    let existing = match &args.output {
        Some(path) => files::read(Path::new(path))?,
        None => None,
    };
    let text = match args.format {
        CiFormat::Json => format!("{:#}\n", pipeline.json()),
        CiFormat::Github => {
            let source = source(args, &loaded, existing.as_deref().unwrap_or_default())?;
            small_enough(workflow(&pipeline, &source))?
        }
    };
    let answer = match &args.output {
        None => Answer::text(text),
        Some(path) if args.check => checked(path, existing.as_deref(), &text),
        Some(path) => {
            files::replace(Path::new(path), text.as_bytes())?;
            Answer { err: format!("{path}: written\n"), ..Answer::default() }
        }
    };
    Ok(Answer { err: loaded.warnings(colours) + &answer.err, ..answer })
}

/// The builds of the family at a commit whose digits are all the same.
fn of_commit(loaded: &mut Loaded, context: &Path, digit: char) -> Result<Vec<Member>, Failure> {
    let source = git::find(context).source.unwrap_or_else(|| "https://example.com/repository".to_owned());
    loaded.query.vcs = Vcs { revision: Some(String::from(digit).repeat(40)), source: Some(source) };
    loaded.query.on_unknown_vcs = OnUnknownVcs::Error;
    loaded.of_matrix(|_, matrix| matrix.all_builds())
}

fn source(args: &Args, loaded: &Loaded, existing: &str) -> Result<Source, Failure> {
    let (family, context) = (loaded.family()?, or_current(args.family.context()));
    Ok(Source {
        name: family.name.clone().unwrap_or_else(|| "images".to_owned()),
        command: command(args),
        build: words(args),
        file: seen_from(context, Path::new(&args.family.file)),
        path: args.family.file.clone(),
        context: context.to_string_lossy().into_owned(),
        folder: git::prefix(Path::new("")),
        branches: args.branch.clone(),
        varve: args.varve.clone(),
        pins: match args.actions {
            ActionPins::Commit => Pins::commits(existing),
            ActionPins::Tag => Pins::tags(),
        },
    })
}

/// The options that select variants, quoted for a shell.
fn words(args: &Args) -> Vec<String> {
    let selection = &args.family.selection;
    let mut words: Vec<String> = Vec::new();
    let mut option = |name: &str, value: &str| words.extend([format!("--{name}"), shell_quoted(value)]);
    selection.target.iter().for_each(|target| option("target", target));
    selection.build_arg.iter().for_each(|(name, value)| option("build-arg", &format!("{name}={value}")));
    let platforms: Vec<String> = selection.platform.iter().map(ToString::to_string).collect();
    if !platforms.is_empty() {
        option("platform", &platforms.join(","));
    }
    words
}

/// The command line that writes the same workflow to standard output.
fn command(args: &Args) -> String {
    let mut words = [vec!["varve".to_owned(), "ci".to_owned()], words(args)].concat();
    let mut option = |name: &str, value: &str| words.extend([format!("--{name}"), shell_quoted(value)]);
    args.family.selection.context.iter().for_each(|context| option("context", context));
    if args.jobs != 200 {
        option("jobs", &args.jobs.to_string());
    }
    args.runner.iter().for_each(|runner| option("runner", &runner.to_string()));
    if args.branch != ["main"] {
        args.branch.iter().for_each(|branch| option("branch", branch));
    }
    args.moving.iter().for_each(|pattern| option("moving", pattern));
    args.secret.iter().for_each(|(id, name)| option("secret", &format!("{id}={name}")));
    args.login.iter().for_each(|host| option("login", host));
    args.varve.iter().for_each(|image| option("varve", image));
    if args.actions == ActionPins::Tag {
        option("actions", "tag");
    }
    words.push(shell_quoted(&args.family.file));
    words.join(" ")
}

fn small_enough(text: String) -> Result<String, Failure> {
    if text.len() <= MAX_BYTES {
        return Ok(text);
    }
    Err(Failure::Usage(format!(
        "the workflow has {} bytes, and GitHub starts none of more than {MAX_BYTES}: write one for each --target",
        text.len()
    )))
}

/// Compares a file with the text that it should have.
fn checked(path: &str, existing: Option<&str>, text: &str) -> Answer {
    let Some(existing) = existing else {
        return Answer { err: format!("there is no file {path}\n"), code: 1, ..Answer::default() };
    };
    if existing == text {
        return Answer { err: format!("{path}: up to date\n"), ..Answer::default() };
    }
    let out = unified(path, existing, text).into();
    Answer { out, err: format!("{path}: out of date\n"), code: 1 }
}

fn secret(text: &str) -> Result<(String, String), String> {
    let (id, name) =
        name_and_value(text).map_err(|_| "expected ID=NAME, such as token=NPM_TOKEN".to_owned())?;
    if valid_secret(&name) {
        return Ok((id, name));
    }
    Err(format!(
        "`{name}` cannot be the name of a secret: it has letters, digits and `_`, and does not begin with a digit or GITHUB_"
    ))
}
