//! What stages are called, and which of them the image is a continuation of.

use std::collections::BTreeSet;

use varve_dockerfile::{StageName, VariableName};
use varve_spec::plan::{Base, Origin, Stage, Step};

use crate::render::Built;

/// The stages that the image is a continuation of.
pub(super) fn chain(stages: &[Stage]) -> BTreeSet<usize> {
    let mut chain = BTreeSet::new();
    let mut next = stages.len().checked_sub(1);
    while let Some(index) = next {
        chain.insert(index);
        next = match stages[index].base {
            Base::Stage(below) => Some(below),
            _ => None,
        };
    }
    chain
}

/// The stages' names as a Dockerfile takes them, and all names that are taken: those of images too.
pub(super) fn names(built: &Built<'_>) -> (Vec<StageName>, BTreeSet<String>) {
    let plan = built.plan;
    let mut taken: BTreeSet<String> = ["scratch", "context"].map(str::to_owned).into();
    let bases = plan.stages.iter().filter_map(|stage| match &stage.base {
        Base::Image(reference) => Some(reference.as_str().to_lowercase()),
        _ => None,
    });
    taken.extend(bases);
    taken.extend(plan.steps().flat_map(Step::origins).filter_map(|(origin, _)| match origin {
        Origin::Image(image) => Some(image.reference.as_str().to_lowercase()),
        _ => None,
    }));
    let names = plan.stages.iter().map(|stage| unique(&mut taken, &StageName::like(&stage.name)));
    let names = names.collect();
    (names, taken)
}

/// A name that is not taken yet.
pub(super) fn unique(taken: &mut BTreeSet<String>, name: &StageName) -> StageName {
    let numbered = (2..).map(|number| StageName::like(&format!("{name}-{number}")));
    let mut all = std::iter::once(name.clone()).chain(numbered);
    all.find(|name| taken.insert(name.to_string())).unwrap_or_else(|| name.clone())
}

/// The name of a variable, where the text is one.
pub(super) fn variable(name: &str) -> Option<VariableName> {
    VariableName::new(name).ok()
}
