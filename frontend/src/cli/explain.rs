//! `varve explain`: why a build is as it is.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use crate::lower::Lacking;
use crate::view::{explain_text, explanations};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let stage = arguments.option("--stage");
    let mut known = true;
    let answer = files::with_builds(arguments, Lacking::StandIn, |builds| {
        let absent = builds.iter().flat_map(|built| &built.why.absent).map(|stage| stage.name.as_str());
        let planned = builds.iter().flat_map(|built| &built.plan.stages).map(|stage| stage.name.as_str());
        let mut all = planned.chain(absent);
        known = stage.is_none_or(|stage| all.any(|name| name == stage));
        let explanations = explanations(builds, stage);
        let out = match arguments.option("--format") {
            Some("json") => format!("{explanations:#}\n"),
            _ => explain_text(&explanations),
        };
        Answer { out, ..Answer::default() }
    })?;
    match stage {
        Some(stage) if !known => Err(Failure::Usage(format!("there is no stage `{stage}`"))),
        _ => Ok(answer),
    }
}
