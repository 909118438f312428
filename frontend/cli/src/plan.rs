//! `varve plan`: what a build does, as far as the files alone tell.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::OnUnknown;
use varve_frontend::render::{plans, text};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Placeholder, |builds| {
        let plans = plans(builds);
        let out = match arguments.option("--format") {
            Some("json") => format!("{plans:#}\n"),
            _ => text(&plans),
        };
        Ok(Answer { out: out.into(), ..Answer::default() })
    })
}
