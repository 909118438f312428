//! `frontend.bake`: renders the matrix as a file for `docker buildx bake`. People and programs get the same text.

use buildkit_gateway::Status;
use varve_spec::Diagnostic;

use super::{Answer, FileRequest};
use crate::render::bake::{Place, bake};
use crate::util::report;

pub(super) fn answer(request: &FileRequest<'_>) -> Result<Answer, Status> {
    let error = |errors: Vec<Diagnostic>| report::error(&errors, request.sources);
    let family = request.family()?;
    let matrix = family.matrix(request.query).map_err(error)?;
    let builds = matrix.all_builds().map_err(error)?;
    let file = request.sources.iter().next().map_or("image.yaml", |source| source.name());
    let place = Place { file, context: request.context.unwrap_or(".") };
    let json = bake(family, &builds, &place);
    let warnings = matrix.tags_after_the_build(&builds);
    Ok(Answer { text: format!("{json:#}\n"), json, warnings, ..Answer::default() })
}
