//! `varve plan`: what a build does, as far as the files alone tell.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use crate::lower::OnUnknown;
use crate::render::{plan_text, plans};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Placeholder, |builds| {
        let plans = plans(builds);
        let out = match arguments.option("--format") {
            Some("json") => format!("{plans:#}\n"),
            _ => plan_text(&plans),
        };
        Ok(Answer { out: out.into(), ..Answer::default() })
    })
}
