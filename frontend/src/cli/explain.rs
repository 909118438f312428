//! `varve explain`: why a build is as it is.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use crate::lower::OnUnknown;
use crate::render::{explain_text, explanations};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Placeholder, |builds| {
        let absent =
            builds.iter().flat_map(|built| &built.explanation.absent).map(|stage| stage.name.as_str());
        let planned = builds.iter().flat_map(|built| &built.plan.stages).map(|stage| stage.name.as_str());
        let stage = arguments.option("--stage");
        if let Some(stage) = stage.filter(|stage| !planned.chain(absent).any(|name| name == *stage)) {
            return Err(Failure::Usage(format!("there is no stage `{stage}`")));
        }
        let explanations = explanations(builds, stage);
        let out = match arguments.option("--format") {
            Some("json") => format!("{explanations:#}\n"),
            _ => explain_text(&explanations),
        };
        Ok(Answer { out: out.into(), ..Answer::default() })
    })
}
