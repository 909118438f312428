//! The command line: its subcommands, and the options that several of them share.

use std::collections::BTreeMap;

use buildkit_gateway::{Options, Platform};
use clap::{Args, Parser, ValueEnum};
use varve_spec::MatrixQuery;

use crate::answer::Failure;
use crate::commands::Command;

/// The text above the options in `varve --help`.
const ABOUT: &str = "\
varve builds families of container images from one image.yaml. To build an image, start the file with this line:

    # syntax=varve/frontend:dev

Then run docker. BuildKit starts the frontend from its image:

    docker buildx build -f image.yaml .

This command works without a builder.";

/// Families of container images from one image.yaml
#[derive(Debug, Parser)]
#[command(
    name = "varve",
    version,
    long_about = ABOUT,
    subcommand_required = true,
    after_help = "Exit codes: 0 success, 1 mistakes in the files, 2 wrong command line, or a file that cannot be read or written, \
        3 a difference (only with `--exit-code`)."
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The build file, and which variants of the family are meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct FamilyArgs {
    /// The build file
    #[arg(value_name = "FILE", default_value = "image.yaml")]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

/// Which variants of the family are meant.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub(crate) struct SelectionArgs {
    /// The target or stage
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Set an axis or an argument, and select the variants with this value (can be given several times)
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) build_arg: Vec<(String, String)>,
    /// Select these platforms, such as linux/amd64,linux/arm64; a target that names none has them
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = platform)]
    pub(crate) platform: Vec<Platform>,
    /// The context, from which varve reads files; by default the folder of FILE
    #[arg(long, value_name = "DIR")]
    pub(crate) context: Option<String>,
}

/// The form of the output of most commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}

/// The form of the output of a command that writes JSON alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum JsonFormat {
    /// JSON for programs
    #[default]
    Json,
}

impl FamilyArgs {
    /// Returns the arguments of one variant. `member` is a list such as `device=cuda,target=app`, which is added to these
    /// arguments. `target` and `platform` set the target and the platform; every other name is an axis or an arg.
    pub(crate) fn member(&self, member: &str) -> Result<Self, Failure> {
        let mut args = self.clone();
        for part in member.split(',') {
            let wrong = |problem: String| Failure::Usage(format!("`{part}`: {problem}"));
            let (name, value) = name_and_value(part).map_err(wrong)?;
            match name.as_str() {
                "target" => args.selection.target = Some(value),
                "platform" => args.selection.platform.push(platform(&value).map_err(wrong)?),
                _ => args.selection.build_arg.push((name, value)),
            }
        }
        Ok(args)
    }

    /// Returns the folder of the context. By default it is the folder of the build file.
    pub(crate) fn context(&self) -> &std::path::Path {
        let folder = std::path::Path::new(&self.file).parent().unwrap_or(std::path::Path::new(""));
        self.selection.context.as_deref().map_or(folder, std::path::Path::new)
    }
}

impl SelectionArgs {
    /// Converts the arguments to a query of the matrix.
    pub(crate) fn query(&self) -> MatrixQuery {
        MatrixQuery {
            target: self.target.clone(),
            platforms: self.platform.clone(),
            ..MatrixQuery::new(Platform::new("linux", "amd64"))
        }
    }

    /// Converts the arguments to the options of a build, as a client sends them.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        let args = self.args().into_iter().map(|(name, value)| (format!("build-arg:{name}"), value));
        let mut options: BTreeMap<String, String> = args.collect();
        options.extend(self.target.iter().map(|target| ("target".to_owned(), target.clone())));
        if !self.platform.is_empty() {
            let platforms: Vec<String> = self.platform.iter().map(ToString::to_string).collect();
            options.insert("platform".to_owned(), platforms.join(","));
        }
        Options::read(&options).map_err(|status| Failure::Usage(status.to_string()))
    }

    fn args(&self) -> BTreeMap<String, String> {
        self.build_arg.iter().cloned().collect()
    }
}

pub(crate) fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as device=cuda")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn platform(text: &str) -> Result<Platform, String> {
    text.parse().map_err(|_| "expected a platform, such as linux/amd64".to_owned())
}
