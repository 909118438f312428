//! `varve matrix`: lists every variant of the family.

use clap::ValueEnum;
use varve_frontend::subrequests::{include, matrix_json, matrix_table};
use varve_spec::OnUnknownVcs;

use crate::answer::{Answer, Failure};
use crate::arguments::FamilyArgs;
use crate::keys::{Labelled, add_keys};
use crate::load;
use crate::paint::Colours;

/// List all variants of the family with their axis values, platforms and tags
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: FamilyArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: MatrixFormat,
    /// Add the key of each variant, which `varve key` explains
    #[arg(long)]
    keys: bool,
}

/// The form of the output of `varve matrix`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MatrixFormat {
    /// Text for people
    #[default]
    Table,
    /// JSON for programs
    Json,
    /// A matrix for a GitHub Actions job: the published variants, on one line
    Gha,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    let mut loaded = load::load(&args.family)?;
    let on_unknown = match args.format {
        MatrixFormat::Table => OnUnknownVcs::Placeholder,
        MatrixFormat::Json | MatrixFormat::Gha => OnUnknownVcs::Error,
    };
    loaded.read_vcs(args.family.context(), on_unknown);
    let mut builds = loaded.of_matrix(|_, matrix| match args.format {
        MatrixFormat::Gha => matrix.all_builds(),
        MatrixFormat::Json | MatrixFormat::Table => matrix.builds(),
    })?;
    let mut uncovered = String::new();
    if args.keys {
        loaded.take_lock()?;
        (builds, uncovered) = add_keys(&args.family, &loaded, builds, Labelled::All)?;
    }
    let text = loaded.of_matrix(|family, matrix| {
        Ok(match args.format {
            MatrixFormat::Json => format!("{:#}\n", matrix_json(family, matrix, &builds)),
            MatrixFormat::Gha => format!("{}\n", include(&builds)),
            MatrixFormat::Table => matrix_table(matrix, &builds),
        })
    })?;
    Ok(Answer { err: loaded.warnings(colours) + &uncovered, ..Answer::text(text) })
}
