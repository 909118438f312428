//! The paths of the context that the steps of all variants read, as far as they are known without a builder.

use std::collections::BTreeSet;

use crate::base::source::Span;
use crate::family::Family;
use crate::family::context_path::{ContextPath, PathReader, in_context};
use crate::matrix::{
    Depth, Matrix, MatrixQuery, MatrixRequest, PlansLeft, Roots, UNKNOWN_TEXT, UNKNOWN_TEXTS, each_plan,
};
use crate::plan::{Action, Base, Origin, Plan};

impl Family {
    /// The paths that the context has to contain: Dockerfiles, sources of `copy` and `bind`, patches of `git`, and the files of `pip`.
    /// Those that the file names literally come first, each at its place. Then follow those that expressions compute in some variant, each
    /// at its step. Paths with patterns and those of steps with `optional` are left out.
    ///
    /// A family with too many variants is planned in part. Variants with mistakes have no plan, so no computed paths.
    pub fn context_paths(&self, query: &MatrixQuery) -> Vec<ContextPath> {
        let literal = self.literal_paths();
        let mut paths = literal.paths;
        let matrix =
            literal.has_computed.then(|| Matrix::new(MatrixRequest { family: self, query }, Roots::All));
        let Some(Ok(matrix)) = matrix else { return paths };
        let mut known: BTreeSet<String> = paths.iter().map(|path| path.path.clone()).collect();
        let depth = Depth { unknown: UNKNOWN_TEXTS, ..Depth::default() };
        let mut left = PlansLeft::default();
        for number in 0..matrix.roots.len() {
            each_plan(&matrix, number, depth, &mut left, &mut |_, plan| {
                for (path, span, reader) in plan.iter().flat_map(paths_of) {
                    if !path.contains(UNKNOWN_TEXT) && known.insert(path.clone()) {
                        paths.push(ContextPath { path, span, reader });
                    }
                }
                0
            });
        }
        paths
    }
}

/// The paths of the context that a plan reads.
fn paths_of(plan: &Plan) -> Vec<(String, Span, PathReader)> {
    let mut paths = Vec::new();
    for stage in &plan.stages {
        if let Base::Dockerfile(dockerfile) = &stage.base {
            paths.extend(
                in_context(&dockerfile.path).map(|path| (path, stage.base_span, PathReader::Dockerfile)),
            );
        }
    }
    for step in plan.steps().filter(|step| !matches!(&step.action, Action::Copy(copy) if copy.optional)) {
        let read = step.origins().into_iter().filter(|(origin, _)| **origin == Origin::Context);
        let read = read.flat_map(|(_, paths)| paths).filter_map(in_context);
        paths.extend(read.map(|path| (path, step.span, PathReader::Step)));
    }
    paths
}
