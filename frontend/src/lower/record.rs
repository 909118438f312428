//! How stages became operations: which step has which number and which vertex. Kept where the graph keeps its operations, for those
//! who ask what a build does.

use buildkit_llb::{Env, Output};
use varve_spec::Distribution;

use super::{Lowerer, State};

/// How a stage became operations.
#[derive(Debug, Clone)]
pub struct StageRecord {
    /// What it starts from.
    pub base: Option<Output>,
    /// The number of its vertices, its base included, as names in the progress have it.
    pub vertices: usize,
    /// Its system, as far as it is known.
    pub system: Option<Distribution>,
    /// Its steps, those of layers among them, in their order.
    pub steps: Vec<StepRecord>,
}

/// How a step became operations.
#[derive(Debug, Clone)]
pub struct StepRecord {
    /// The file system before it.
    pub before: Option<Output>,
    /// The environment before it.
    pub env: Env,
    /// The number of its vertex, and the file system that it leaves; nothing for one that changes no file.
    pub made: Option<(usize, Output)>,
}

impl Lowerer<'_, '_> {
    /// Begins to tell of a stage.
    pub(super) fn tell_stage(&mut self, vertices: usize, state: &State) {
        if self.graph.retains_operations() {
            let (base, system) = (state.root, state.system.clone());
            self.told.push(StageRecord { base, vertices, system, steps: Vec::new() });
        }
    }

    /// Begins to tell of a step; gives its index.
    pub(super) fn tell_step(&mut self, before: &State) -> usize {
        let Some(stage) = self.told.last_mut() else { return 0 };
        let step = StepRecord { before: before.root, env: before.config.env.clone(), made: None };
        stage.steps.push(step);
        stage.steps.len() - 1
    }

    /// Tells what came of a step.
    pub(super) fn tell_result(&mut self, step: usize, number: usize, after: &State) {
        let step = self.told.last_mut().and_then(|stage| stage.steps.get_mut(step));
        let Some(step) = step else { return };
        step.made = after.root.filter(|root| Some(*root) != step.before).map(|root| (number, root));
    }
}
