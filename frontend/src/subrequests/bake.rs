//! `frontend.bake`: the matrix as a file of `docker buildx bake`. The same text for people and for programs.

use buildkit_gateway::Status;
use varve_spec::Diagnostic;

use super::{Answer, Subject};
use crate::render::bake::{Place, bake};
use crate::util::report;

pub(super) fn answer(subject: &Subject<'_>) -> Result<Answer, Status> {
    let error = |found: Vec<Diagnostic>| report::error(&found, subject.sources);
    let family = subject.family()?;
    let matrix = family.matrix(subject.question).map_err(error)?;
    let builds = matrix.builds().map_err(error)?;
    let file = subject.sources.iter().next().map_or("image.yaml", |source| source.name());
    let place = Place { file, context: subject.context.unwrap_or(".") };
    let json = bake(family, subject.question, &builds, &place);
    Ok(Answer { text: format!("{json:#}\n"), json, status: None })
}
