//! `varve llb`: the definition that a build sends, for clients that take one. What only a builder knows and the graph depends on
//! is an error; what is lost is told.

use varve_spec::plan::Base;

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::OnUnknown;
use varve_frontend::render::Built;

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Error, |builds| {
        let [built] = builds else {
            return Err(Failure::Usage("a definition is that of one platform: name one".to_owned()));
        };
        let out = built.graph.encode(built.lowered.output, built.infos);
        Ok(Answer { out, err: lost(built), code: 0 })
    })
}

/// What a build by the frontend has and this definition has not.
fn lost(built: &Built<'_>) -> String {
    let mut lost = vec![
        "the configuration of the image is no part of it: entrypoint, environment and labels are lost in what is exported"
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
            "what {} set is not known: steps have the usual PATH, and neither its other variables nor its user and directory",
            bases.join(", ")
        ));
    }
    let checks: usize = stages.iter().map(|stage| stage.checks.len()).sum();
    if checks > 0 {
        lost.push(format!("checks are not made: {checks}"));
    }
    lost.iter().map(|lost| format!("varve: {lost}\n")).collect()
}
