//! Records how stages became operations: the number and the output of each step.
//!
//! Subrequests and commands that show a build read these records. For a build itself nothing is recorded, because its graph does
//! not retain operations.

use buildkit_llb::{Env, Output};
use varve_spec::Distribution;
use varve_spec::plan::{Action, Step};

use super::{Lowerer, State};

/// How a stage became operations.
#[derive(Debug, Clone)]
pub struct StageRecord {
    /// The file system that the stage starts from.
    pub base: Option<Output>,
    /// The number of operations of the stage, including its base, as names in the progress show it.
    pub operations: usize,
    /// The distribution of the stage, if it is known.
    pub distribution: Option<Distribution>,
    /// The steps in their order. Steps inside of layers follow the step that has the layers.
    pub steps: Vec<StepRecord>,
}

/// How a step became operations.
#[derive(Debug, Clone)]
pub struct StepRecord {
    /// The file system before the step.
    pub before: Option<Output>,
    /// The environment before the step. Empty for a step that only changes settings.
    pub env: Env,
    /// The number of the step's last operation, and the file system after the step. `None` if the step changes no file.
    pub made: Option<(usize, Output)>,
}

impl Lowerer<'_, '_> {
    /// Starts the record of a stage.
    pub(super) fn record_stage(&mut self, operations: usize, state: &State) {
        if self.graph.retains_operations() {
            let (base, distribution) = (state.root, state.distribution.clone());
            self.records.push(StageRecord { base, operations, distribution, steps: Vec::new() });
        }
    }

    /// Starts the record of a step. Returns its index.
    pub(super) fn record_step(&mut self, step: &Step, before: &State) -> usize {
        let Some(stage) = self.records.last_mut() else { return 0 };
        // Such steps can be thousands, and each of them changes the environment.
        let settings =
            matches!(step.action, Action::Env(_) | Action::User(_) | Action::Shell(_) | Action::Workdir(_));
        let env = if settings { Env::new() } else { before.config.env.clone() };
        let step = StepRecord { before: before.root, env, made: None };
        stage.steps.push(step);
        stage.steps.len() - 1
    }

    /// Completes the record of a step.
    pub(super) fn record_result(&mut self, step: usize, number: usize, after: &State) {
        let step = self.records.last_mut().and_then(|stage| stage.steps.get_mut(step));
        let Some(step) = step else { return };
        step.made = after.root.filter(|root| Some(*root) != step.before).map(|root| (number, root));
    }
}
