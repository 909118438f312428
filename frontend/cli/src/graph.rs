//! `varve graph`: the operations of a build, with bases by their names.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::OnUnknown;
use varve_frontend::render::{graph_text, graphs};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Placeholder, |builds| {
        let out = match arguments.option("--format") {
            Some("json") => format!("{:#}\n", graphs(builds)),
            _ => graph_text(builds),
        };
        Ok(Answer { out: out.into(), ..Answer::default() })
    })
}
