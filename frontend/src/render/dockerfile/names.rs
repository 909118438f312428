//! The names of stages, and the stages that the image is built on.

use std::collections::BTreeSet;

use varve_dockerfile::{StageName, VariableName};
use varve_spec::plan::{Base, Origin, Stage, Step};

use crate::render::Built;

/// Returns the indices of the last stage and of all stages below it. Their steps are part of the image.
pub(super) fn stages_of_image(stages: &[Stage]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut next = stages.len().checked_sub(1);
    while let Some(index) = next {
        found.insert(index);
        next = match stages[index].base {
            Base::Stage(below) => Some(below),
            _ => None,
        };
    }
    found
}

/// Returns the name of each stage in the Dockerfile, and all names in use. Images are among them, because `--from` prefers a stage.
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
    // `licences(of=runtime, n=2)` becomes `licences-of-runtime-n-2`. BuildKit also reads the name of a stage as that of a named context,
    // which is the reference of an image: it cannot have two signs in a row or one at its end.
    let plain = |stage: &Stage| match stage.name == stage.declared {
        true => stage.name.clone(),
        false => {
            let words =
                stage.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join("-")
        }
    };
    let names = plan.stages.iter().map(|stage| unique(&mut taken, &StageName::sanitise(&plain(stage))));
    let names = names.collect();
    (names, taken)
}

/// Returns the name, with a number if it is in use already.
pub(super) fn unique(taken: &mut BTreeSet<String>, name: &StageName) -> StageName {
    let numbered = (2..).map(|number| StageName::sanitise(&format!("{name}-{number}")));
    let mut all = std::iter::once(name.clone()).chain(numbered);
    all.find(|name| taken.insert(name.to_string())).unwrap_or_else(|| name.clone())
}

/// Returns the name of a variable. `None` if the text is not a valid name.
pub(super) fn variable(name: &str) -> Option<VariableName> {
    VariableName::new(name).ok()
}
