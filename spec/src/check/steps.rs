//! The steps of a plan.

use crate::plan::{Action, Plan, Stage, Step};

/// All steps of a plan with their stages, those inside `layers` too.
pub(super) fn all(plan: &Plan) -> Vec<(&Stage, &Step)> {
    let mut all = Vec::new();
    for stage in &plan.stages {
        add(stage, &stage.steps, &mut all);
    }
    all
}

fn add<'p>(stage: &'p Stage, steps: &'p [Step], all: &mut Vec<(&'p Stage, &'p Step)>) {
    for step in steps {
        all.push((stage, step));
        if let Action::Layers(layers) = &step.action {
            layers.iter().for_each(|layer| add(stage, &layer.steps, all));
        }
    }
}
