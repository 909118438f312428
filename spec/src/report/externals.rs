//! Collects the references of all variants of a family, which a lock has to pin.

use buildkit_names::Platform;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::Family;
use crate::lock::Externals;
use crate::matrix::{
    Depth, Matrix, MatrixQuery, MatrixRequest, PlansLeft, Root, Roots, UNKNOWN_TEXT, UNKNOWN_TEXTS, each_plan,
};
use crate::plan::{Base, Plan};

impl Family {
    /// The references of all variants, for all their platforms. Stages that no target reaches are included.
    ///
    /// # Errors
    /// The mistakes in any variant. It is also an error if there are too many variants to plan all of them.
    pub fn externals(&self, query: &MatrixQuery) -> Result<Externals, Vec<Diagnostic>> {
        let matrix = Matrix::new(MatrixRequest { family: self, query }, Roots::All)?;
        let mut wrong: Vec<Diagnostic> =
            matrix.found.iter().filter(|found| found.is_error()).cloned().collect();
        let mut externals = Externals::default();
        let mut left = PlansLeft::default();
        let depth = Depth { every_platform: true, unknown: UNKNOWN_TEXTS, ..Depth::default() };
        for (number, root) in matrix.roots.iter().enumerate() {
            let whole = each_plan(&matrix, number, depth, &mut left, &mut |_, plan| {
                match plan {
                    Ok(plan) => externals.add(&plan, &query.build_platform),
                    Err(found) => wrong.extend(found),
                }
                0
            });
            if root.sample_of.is_some() || !whole {
                wrong.push(too_many(root, "so the lock would be incomplete"));
            }
        }
        Diagnostic::sort(&mut wrong);
        if wrong.is_empty() { Ok(externals) } else { Err(wrong) }
    }
}

/// The error about a target or stage with more variants than can be planned.
pub(super) fn too_many(root: &Root<'_>, so: &str) -> Diagnostic {
    let message = format!("`{}` has too many variants", root.name);
    Diagnostic::error(Code::Sampled, root.span, message).label(format!("varve cannot plan them all, {so}"))
}

impl Externals {
    fn add(&mut self, plan: &Plan, build: &Platform) {
        for (external, span) in plan.externals(build) {
            if self.is_known(external.name(), span) {
                let first = self.known.entry(external).or_insert(span);
                *first = span.min(*first);
            }
        }
        for stage in &plan.stages {
            if let Base::Dockerfile(dockerfile) = &stage.base {
                let target = dockerfile.target.as_deref().unwrap_or_default();
                if self.is_known([&dockerfile.path, target], stage.base_span) {
                    let platform = stage.platform.of(&plan.platform, build).clone();
                    self.dockerfiles.entry((dockerfile.clone(), platform)).or_insert(stage.base_span);
                }
            }
        }
    }

    /// Whether a reference is known, since it does not depend on an arg without a value. If not, its place is added to `unknown`.
    fn is_known(&mut self, name: [&str; 2], span: Span) -> bool {
        let known = !name.iter().any(|text| text.contains(UNKNOWN_TEXT));
        if !known && !self.unknown.contains(&span) {
            self.unknown.push(span);
        }
        known
    }
}
