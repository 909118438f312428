//! What the planner records of stages and steps beside the plan, for explanations; a build records nothing.

use super::mixin::Setting;
use crate::base::source::Span;
use crate::variant::trace::Dependencies;

/// What the planner records of a stage.
#[derive(Debug, Clone, Default)]
pub(crate) struct StageRecord {
    pub(crate) keys: Vec<(String, Span)>,
    pub(crate) steps: Vec<StepRecord>,
}

/// What the planner records of a step.
#[derive(Debug, Clone)]
pub(crate) struct StepRecord {
    pub(crate) span: Span,
    /// What its mixins were computed from.
    pub(crate) reads: Dependencies,
    pub(crate) settings: Vec<Setting>,
}
