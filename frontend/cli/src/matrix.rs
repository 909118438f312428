//! `varve matrix`: every variant.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::subrequests::{include, matrix_json, matrix_table};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let loaded = files::load(arguments)?;
    Ok(loaded.of_matrix(|family, matrix| {
        let members = matrix.members()?;
        Ok(match arguments.option("--format") {
            Some("json") => format!("{:#}\n", matrix_json(family, matrix, &members)),
            // On one line: it becomes the output of a job's step.
            Some("gha") => format!("{}\n", include(&members)),
            _ => matrix_table(matrix, &members),
        })
    }))
}
