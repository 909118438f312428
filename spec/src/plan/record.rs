//! What the planner records about stages and steps for explanations. A build records nothing.

use super::mixin::Setting;
use crate::base::source::Span;
use crate::variant::trace::Dependencies;

/// The record of a stage.
#[derive(Debug, Clone, Default)]
pub(crate) struct StageRecord {
    pub(crate) keys: Vec<(String, Span)>,
    pub(crate) steps: Vec<StepRecord>,
}

/// The record of a step.
#[derive(Debug, Clone)]
pub(crate) struct StepRecord {
    pub(crate) span: Span,
    /// The dependencies of its mixins.
    pub(crate) reads: Dependencies,
    pub(crate) settings: Vec<Setting>,
}
