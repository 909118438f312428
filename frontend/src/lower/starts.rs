//! Stages that start from other stages. A state is moved to the last stage that starts from it, so a chain of stages copies nothing.

use buildkit_llb::Output;
use varve_spec::Plan;
use varve_spec::plan::{Base, Stage};

use super::{Lowerer, State};
use crate::image_config::config::Config;

/// A stage that was lowered.
pub(super) struct LoweredStage {
    pub(super) root: Option<Output>,
    /// The state after the last step, as long as stages start from it.
    pub(super) state: Option<State>,
    /// The number of stages that start from it and were not lowered yet.
    pub(super) starts: usize,
}

/// The number of stages that start from each stage of a plan.
pub(super) fn of(plan: &Plan) -> Vec<usize> {
    let mut starts = vec![0; plan.stages.len()];
    for stage in &plan.stages {
        if let Base::Stage(index) = stage.base {
            starts[index] += 1;
        }
    }
    starts
}

impl Lowerer<'_, '_> {
    /// Returns the state of a stage that another one starts from. The last stage that starts from it takes it. So a chain of stages
    /// copies nothing.
    pub(super) fn state_of(&mut self, index: usize, stage: &Stage) -> State {
        let lowered = &mut self.lowered_stages[index];
        lowered.starts = lowered.starts.saturating_sub(1);
        let root = lowered.root;
        let mut state = None;
        if lowered.starts == 0 {
            state = lowered.state.take();
        } else if let Some(size) = lowered.state.as_ref().map(|state| state.config.size())
            && self.take(size, stage.base_span)
        {
            state.clone_from(&self.lowered_stages[index].state);
        }
        state.unwrap_or_else(|| State::new(root, Config::scratch(self.platform_of(stage))))
    }
}
