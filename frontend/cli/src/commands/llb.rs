//! `varve llb`: prints the definition of a build, for clients that solve definitions. A fact that only a builder knows is an error
//! if the graph depends on it. The command warns about what a definition cannot contain.

use clap::ValueEnum;
use varve_frontend::render::Built;
use varve_spec::plan::Base;

use crate::answer::{Answer, Failure};
use crate::arguments::FamilyArgs;
use crate::load::{self, Purpose};
use crate::one_build::OneBuild;
use crate::paint::Colours;

/// Print the definition of a build (LLB), for buildctl
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    family: OneBuild<FamilyArgs>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: LlbFormat,
}

/// The form of the output of `varve llb`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LlbFormat {
    /// The bytes that BuildKit reads
    #[default]
    Protobuf,
    /// JSON in the format of BuildKit's own tools
    Json,
}

pub(super) fn run(args: &Args, colours: Colours) -> Result<Answer, Failure> {
    load::with_builds(&args.family.0, Purpose::Definition, colours, |builds| {
        let [built] = builds else {
            let message = "a definition is for one platform: select it with --platform";
            return Err(Failure::Usage(message.to_owned()));
        };
        let definition = built.graph.encode(built.lowered.output, built.infos);
        let out = match args.format {
            LlbFormat::Protobuf => definition,
            LlbFormat::Json => format!("{:#}\n", buildkit_llb::json(&definition)).into(),
        };
        Ok(Answer { err: lost(built), ..Answer::text(out) })
    })
}

/// Lists what an image of the frontend has and an image of this definition lacks, one line each.
fn lost(built: &Built<'_>) -> String {
    let mut lost = vec![
        "the definition does not contain the image configuration: the exported image has no entrypoint, environment or labels"
            .to_owned(),
    ];
    let stages = &built.plan.stages;
    let bases: Vec<&str> = stages
        .iter()
        .filter_map(|stage| match &stage.base {
            Base::Image(reference) => Some(reference.as_str()),
            _ => None,
        })
        .collect();
    if !bases.is_empty() {
        lost.push(format!(
            "the configuration of {} is unknown: steps get the default PATH, and neither the base's variables nor its \
            user and directory",
            bases.join(", ")
        ));
    }
    let checks: usize = stages.iter().map(|stage| stage.checks.len()).sum();
    if checks > 0 {
        let tests =
            if checks == 1 { "1 image test is".to_owned() } else { format!("{checks} image tests are") };
        lost.push(format!("{tests} not run"));
    }
    lost.iter().map(|lost| format!("varve: {lost}\n")).collect()
}
