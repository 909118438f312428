//! The order in which stages are planned: each after those it needs.

use super::build::Planner;
use super::record::StageRecord;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::variant::concrete::ConcreteValue;

/// How far a stage of the family has come.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum State {
    New,
    Underway,
    /// Its index in the plan.
    Done(usize),
    Failed,
}

/// What is to be done with a stage of the family.
enum Task {
    /// To look at what it says for this variant. The place is where it is referred to.
    Begin(usize, Span),
    /// To plan it when those that it needs are planned.
    Finish(usize, ConcreteValue),
}

impl Planner<'_, '_> {
    /// Plans a stage of the family and those it needs. No recursion: chains of stages can be long.
    pub(super) fn stages(&mut self, index: usize) {
        let mut tasks = vec![Task::Begin(index, self.family.stages[index].span)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Begin(index, _) if self.states[index] != State::New => {}
                Task::Begin(index, from) => match self.expanded(&self.family.stages[index], from) {
                    Some(data) => {
                        self.states[index] = State::Underway;
                        tasks.push(Task::Finish(index, data));
                    }
                    // What it refers to may hold mistakes of its own.
                    None => {
                        self.states[index] = State::Failed;
                        let needed = std::mem::take(&mut self.needed).into_iter().rev();
                        tasks.extend(needed.map(|(needed, from)| Task::Begin(needed, from)));
                    }
                },
                Task::Finish(index, data) => {
                    let before = self.found.len();
                    self.recording = StageRecord::default();
                    let planned = self.plan_stage(&self.family.stages[index], &data);
                    let needed = std::mem::take(&mut self.needed);
                    if needed.is_empty() {
                        self.states[index] = match planned {
                            Some(stage) => {
                                self.stages.push(stage);
                                self.records.push(std::mem::take(&mut self.recording));
                                State::Done(self.stages.len() - 1)
                            }
                            None => State::Failed,
                        };
                        continue;
                    }
                    self.found.truncate(before);
                    tasks.push(Task::Finish(index, data));
                    for (needed, from) in needed.into_iter().rev() {
                        match self.states[needed] {
                            State::Underway => self.cycle(needed, from, &tasks),
                            _ => tasks.push(Task::Begin(needed, from)),
                        }
                    }
                }
            }
        }
    }

    /// Reports that the stage which is being planned needs one that waits for it.
    fn cycle(&mut self, needed: usize, from: Span, tasks: &[Task]) {
        let name = |index: usize| self.family.stages[index].name.as_ref();
        let waiting = tasks.iter().filter_map(|task| match task {
            Task::Finish(index, _) => Some(*index),
            Task::Begin(..) => None,
        });
        let path: Vec<&str> = waiting.skip_while(|index| *index != needed).map(name).collect();
        let message = match path.as_slice() {
            [first, .., last] if path.len() > 8 => {
                format!("`{first}` needs ... needs `{last}` needs `{first}`")
            }
            path => format!("`{}` needs `{}`", path.join("` needs `"), name(needed)),
        };
        let error = Diagnostic::error(Code::StageCycle, from, message);
        self.found.push(error.related(self.family.stages[needed].span, "the stage"));
        self.states[needed] = State::Failed;
    }

    /// The index in the plan of a stage of the family that another one needs. Nothing when it is not planned.
    pub(super) fn planned(&mut self, index: usize, from: Span) -> Option<usize> {
        match self.states[index] {
            State::Done(planned) => return Some(planned),
            State::Failed => {}
            State::New | State::Underway => self.needed.push((index, from)),
        }
        None
    }
}
