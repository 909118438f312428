//! The order in which stages are planned: each after the stages that it needs.

use super::build::Planner;
use super::record::StageRecord;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::variant::concrete::ConcreteValue;

/// The planning state of a stage.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum State {
    New,
    Underway,
    /// Planned. The number is the index in the plan.
    Done(usize),
    Failed,
}

/// A task that concerns one stage.
enum Task {
    /// Expand the declaration of the stage. The span is the place that refers to the stage.
    Begin(usize, Span),
    /// Plan the stage, after the stages that it needs are planned.
    Finish(usize, ConcreteValue),
}

impl Planner<'_, '_> {
    /// Plans a stage and all stages that it needs. It uses a stack of tasks and no recursion, since chains of stages can be long.
    pub(super) fn stages(&mut self, index: usize) {
        let mut tasks = vec![Task::Begin(index, self.instances.get(index).stage.span)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Begin(index, _) if self.instances.states[index] != State::New => {}
                Task::Begin(index, from) => match self.expanded(&self.instances.get(index), from) {
                    Some(data) => {
                        self.set(index, State::Underway);
                        tasks.push(Task::Finish(index, data));
                    }
                    // Stages that this one refers to can have mistakes too, so they are planned and reported.
                    None => {
                        self.set(index, State::Failed);
                        let needed = std::mem::take(&mut self.needed).into_iter().rev();
                        tasks.extend(needed.map(|(needed, from)| Task::Begin(needed, from)));
                    }
                },
                Task::Finish(index, data) => {
                    let before = self.found.len();
                    self.recording = StageRecord::default();
                    let planned = self.plan_stage(&self.instances.get(index), &data);
                    let needed = std::mem::take(&mut self.needed);
                    if needed.is_empty() {
                        let state = match planned {
                            Some(stage) => {
                                self.stages.push(stage);
                                self.records.push(std::mem::take(&mut self.recording));
                                State::Done(self.stages.len() - 1)
                            }
                            None => State::Failed,
                        };
                        self.set(index, state);
                        continue;
                    }
                    self.found.truncate(before);
                    tasks.push(Task::Finish(index, data));
                    for (needed, from) in needed.into_iter().rev() {
                        match self.underway[self.instances.get(needed).index] {
                            true => self.cycle(needed, from, &tasks),
                            false => tasks.push(Task::Begin(needed, from)),
                        }
                    }
                }
            }
        }
    }

    /// Sets the state of an instance that is being planned.
    fn set(&mut self, index: usize, state: State) {
        self.underway[self.instances.get(index).index] = state == State::Underway;
        self.instances.states[index] = state;
    }

    /// Reports that the current stage needs a stage which waits for it, with any arguments.
    fn cycle(&mut self, needed: usize, from: Span, tasks: &[Task]) {
        let stage = self.instances.get(needed).stage;
        let instance = |index: usize| self.instances.get(index);
        let waiting = tasks.iter().filter_map(|task| match task {
            Task::Finish(index, _) => Some(*index),
            Task::Begin(..) => None,
        });
        let waiting = waiting.map(instance).skip_while(|waiting| !std::ptr::eq(waiting.stage, stage));
        let path: Vec<String> = waiting.map(|waiting| waiting.name.to_string()).collect();
        let again = instance(needed).name.clone();
        let message = match path.as_slice() {
            [first, .., last] if path.len() > 8 => {
                format!("`{first}` needs ... needs `{last}` needs `{again}`")
            }
            path => format!("`{}` needs `{again}`", path.join("` needs `")),
        };
        let error = Diagnostic::error(Code::StageCycle, from, message);
        self.found.push(error.related(stage.span, "the stage"));
        self.instances.states[needed] = State::Failed;
    }

    /// The index in the plan of a stage that another one needs. If the stage is not planned yet, it is added to `needed`, and the
    /// result is `None`.
    pub(super) fn planned(&mut self, index: usize, from: Span) -> Option<usize> {
        match self.instances.states[index] {
            State::Done(planned) => return Some(planned),
            State::Failed => {}
            State::New | State::Underway => self.needed.push((index, from)),
        }
        None
    }
}
