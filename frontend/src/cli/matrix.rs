//! `varve matrix`: every variant.

use varve_spec::Diagnostic;

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use crate::subrequest::{include, matrix_json, matrix_table};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let loaded = files::load(arguments)?;
    let wrong = |found: &[Diagnostic]| files::wrong(found, &loaded.sources);
    let Some(family) = &loaded.reading.family else { return Ok(wrong(&loaded.reading.found)) };
    let matrix = match family.matrix(&loaded.question) {
        Ok(matrix) => matrix,
        Err(found) => return Ok(wrong(&found)),
    };
    let (members, found): (Vec<_>, Vec<_>) = matrix.members().unzip();
    let mut found: Vec<Diagnostic> = found.into_iter().flatten().collect();
    found.dedup();
    if !found.is_empty() {
        return Ok(wrong(&found));
    }
    let out = match arguments.option("--format") {
        Some("json") => format!("{:#}\n", matrix_json(family, &matrix, &members)),
        // On one line: it becomes the output of a job's step.
        Some("gha") => format!("{}\n", include(&members)),
        _ => matrix_table(&matrix, &members),
    };
    Ok(Answer { out: out.into(), ..Answer::default() })
}
