//! What led to a plan: recorded while templates are expanded, where somebody asks for it; a build does not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::scope::Bindings;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{self, Expr, ExprNode};
use crate::family::template::Template;

/// Something that values are computed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// An axis, an argument, or a name that there always is, such as `platform`.
    Name(String),
    /// A file of the context, by its path.
    File(String),
}

/// Everything that something was computed from.
pub type Dependencies = BTreeSet<Dependency>;

/// What led to a piece of the plan, from outside to inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frame {
    /// A fragment, and the item that uses it.
    Fragment {
        /// Its name.
        name: String,
        /// Where it is used.
        span: Span,
    },
    /// A turn of a repetition.
    Repetition {
        /// The variable.
        variable: String,
        /// Its value in this turn.
        value: String,
        /// The repetition.
        span: Span,
    },
    /// A guard, a group or a choice.
    Choice(BranchDecision),
    /// A mixin.
    Mixin {
        /// Its name.
        name: String,
        /// Where it is named.
        span: Span,
    },
}

/// What decided a choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchDecision {
    /// The condition, or what is matched.
    pub span: Span,
    /// The names and properties in it with the values that they had.
    pub values: Vec<(String, String)>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a condition or a match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The condition holds.
    Holds,
    /// It does not.
    Fails,
    /// The case of this pattern.
    Case(String),
    /// No case, so `else`.
    Else,
}

/// A piece of the file that is not in the plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omitted {
    /// The piece. What is left out is told in the order of the file.
    pub span: Span,
    /// The stage that it is part of; nothing for one of the target.
    pub stage: Option<String>,
    /// What leads to it.
    pub path: Vec<Frame>,
    /// What ruled it out.
    pub guard: BranchDecision,
}

/// What a piece of the file is. An item that has one key stands where the key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Item,
    Key,
}

/// A piece of the file that is in the plan.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) piece: Piece,
    pub(crate) stage: Option<String>,
    pub(crate) span: Span,
    pub(crate) path: Vec<Frame>,
    pub(crate) reads: Dependencies,
    /// Choices of values in it.
    pub(crate) choices: Vec<BranchDecision>,
}

impl Frame {
    pub(crate) fn repetition(variable: &str, value: &Value, span: Span) -> Self {
        let value = value.as_text().map_or_else(|| value.to_string(), str::to_owned);
        Self::Repetition { variable: variable.to_owned(), value, span }
    }
}

/// The record.
#[derive(Debug, Default)]
pub(crate) struct Trace(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    stage: Option<String>,
    frames: Vec<Frame>,
    /// What is being computed, from outside to inside.
    open: Vec<Level>,
    vars: BTreeMap<String, Dependencies>,
    kept: Vec<Kept>,
    /// A stage that waits for another one is looked at twice.
    left_out: BTreeSet<Omitted>,
    all: Dependencies,
}

#[derive(Debug, Default)]
struct Level {
    reads: Dependencies,
    choices: Vec<BranchDecision>,
}

/// What was begun and has to be ended.
#[must_use]
pub(crate) struct Mark(usize);

impl Trace {
    /// Begins to record what something is computed from.
    pub(crate) fn begin(&self) -> Mark {
        let mut state = self.0.borrow_mut();
        state.open.push(Level::default());
        Mark(state.open.len())
    }

    pub(crate) fn read(&self, read: Dependency) {
        self.read_all(&Dependencies::from([read]));
    }

    pub(crate) fn read_all(&self, reads: &Dependencies) {
        let mut state = self.0.borrow_mut();
        state.all.extend(reads.iter().cloned());
        if let Some(level) = state.open.last_mut() {
            level.reads.extend(reads.iter().cloned());
        }
    }

    /// Reads what a var that is known already was computed from.
    pub(crate) fn read_var(&self, name: &str) {
        let reads = self.0.borrow().vars.get(name).cloned().unwrap_or_default();
        self.read_all(&reads);
    }

    pub(crate) fn end_var(&self, mark: Mark, name: &str) {
        let Level { reads, .. } = self.end(mark);
        self.0.borrow_mut().vars.insert(name.to_owned(), reads);
    }

    /// The stage that is expanded from now on; nothing for a target.
    pub(crate) fn enter(&self, stage: Option<&str>) {
        self.0.borrow_mut().stage = stage.map(str::to_owned);
    }

    /// All that was kept, left out and read.
    pub(crate) fn into_parts(self) -> (Vec<Kept>, Vec<Omitted>, Dependencies) {
        let State { kept, left_out, all, .. } = self.0.into_inner();
        (kept, left_out.into_iter().collect(), all)
    }

    /// Ends what was begun; what failed on the way in it is forgotten.
    fn end(&self, Mark(mark): Mark) -> Level {
        let mut state = self.0.borrow_mut();
        state.open.truncate(mark);
        let level = state.open.pop().unwrap_or_default();
        if let Some(outer) = state.open.last_mut() {
            outer.reads.extend(level.reads.iter().cloned());
            outer.choices.extend(level.choices.iter().cloned());
        }
        level
    }
}

/// Ends the recording of an item or a key. The place is where it ended up, if it is to be told and there.
pub(crate) fn end(names: &dyn Bindings, mark: Option<Mark>, piece: Piece, span: Option<Span>) {
    let (Some(trace), Some(mark)) = (names.trace(), mark) else { return };
    let Level { reads, choices } = trace.end(mark);
    let mut state = trace.0.borrow_mut();
    // Of keys, those of a stage are told; of items, steps.
    if let (Some(span), true) = (span, piece == Piece::Item || state.open.is_empty()) {
        let (stage, path) = (state.stage.clone(), state.frames.clone());
        state.kept.push(Kept { piece, stage, span, path, reads, choices });
    }
}

/// What comes of an expansion, and what it was computed from.
pub(crate) fn expansion<T>(names: &dyn Bindings, expand: impl FnOnce() -> T) -> (T, Dependencies) {
    let Some(trace) = names.trace() else { return (expand(), Dependencies::new()) };
    let mark = trace.begin();
    let expanded = expand();
    (expanded, trace.end(mark).reads)
}

/// What is computed, and what it was computed from.
pub(crate) fn reading<T>(
    names: &dyn Bindings,
    compute: impl FnOnce() -> Result<T, Box<Diagnostic>>,
) -> Result<(T, Dependencies), Box<Diagnostic>> {
    let (computed, reads) = expansion(names, compute);
    Ok((computed?, reads))
}

/// Does something that a frame leads to.
pub(crate) fn within<T>(names: &dyn Bindings, frame: impl FnOnce() -> Frame, work: impl FnOnce() -> T) -> T {
    let Some(trace) = names.trace() else { return work() };
    let frame = frame();
    trace.0.borrow_mut().frames.push(frame);
    let done = work();
    trace.0.borrow_mut().frames.pop();
    done
}

/// Records a choice of a value of something that is there.
pub(crate) fn value_chosen(template: &Template, names: &dyn Bindings) {
    let Some(trace) = names.trace() else { return };
    let guard = guard(template, names);
    if let (Some(level), Some(guard)) = (trace.0.borrow_mut().open.last_mut(), guard) {
        level.choices.push(guard);
    }
}

/// Records the branch of a choice that is not taken.
pub(crate) fn left_out(template: &Template, names: &dyn Bindings) {
    let (Some(trace), Template::If { then, otherwise, .. }) = (names.trace(), template) else { return };
    let Some(guard) = guard(template, names) else { return };
    let branch = match guard.outcome {
        Outcome::Fails => Some(then),
        _ => otherwise.as_ref(),
    };
    let Some(branch) = branch else { return };
    let mut state = trace.0.borrow_mut();
    let (stage, path) = (state.stage.clone(), state.frames.clone());
    let left = Omitted { span: branch.span(), stage, path, guard };
    state.left_out.insert(left);
}

/// What decides a choice, as a frame of what it leads to.
pub(crate) fn chosen(template: &Template, names: &dyn Bindings) -> Frame {
    let nothing = || BranchDecision { span: template.span(), values: Vec::new(), outcome: Outcome::Else };
    Frame::Choice(guard(template, names).unwrap_or_else(nothing))
}

/// What decides a choice. It was decided before, so nothing is read for it now.
pub(crate) fn guard(template: &Template, names: &dyn Bindings) -> Option<BranchDecision> {
    let trace = names.trace()?;
    let all = trace.0.borrow().all.clone();
    let mark = trace.begin();
    let guard = match template {
        Template::If { condition, .. } => {
            expr::condition(condition, names).ok().map(|holds| BranchDecision {
                span: condition.span,
                values: values(condition, names),
                outcome: if holds { Outcome::Holds } else { Outcome::Fails },
            })
        }
        Template::Match { on, cases, .. } => expr::evaluate(on, names).ok().map(|value| {
            let text = value.as_text().unwrap_or_default();
            let case = cases.iter().find(|(pattern, _)| buildkit_names::glob_matches(pattern, text));
            BranchDecision {
                span: on.span,
                values: values(on, names),
                outcome: case.map_or(Outcome::Else, |(pattern, _)| Outcome::Case(pattern.to_string())),
            }
        }),
        _ => None,
    };
    let mut state = trace.0.borrow_mut();
    state.open.truncate(mark.0 - 1);
    state.all = all;
    guard
}

/// The names and properties of an expression with their values, each once, in their order.
fn values(expr: &Expr, names: &dyn Bindings) -> Vec<(String, String)> {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut parts = Vec::new();
    expr.walk(&mut |part| parts.push(part));
    // What a property is read from is part of its own name.
    let inner: Vec<Span> = parts
        .iter()
        .filter_map(|part| match &part.node {
            ExprNode::Property(of, _) => Some(of.span),
            _ => None,
        })
        .collect();
    for part in parts.into_iter().filter(|part| !inner.contains(&part.span)) {
        let Some(name) = path(part) else { continue };
        if let (false, Ok(value)) =
            (values.iter().any(|(known, _)| *known == name), expr::evaluate(part, names))
        {
            values.push((name, value.as_text().map_or_else(|| value.to_string(), str::to_owned)));
        }
    }
    values
}

/// `device.vendor`, for a name or a property of one.
fn path(expr: &Expr) -> Option<String> {
    match &expr.node {
        ExprNode::Name(name) => Some(name.clone()),
        ExprNode::Property(of, name) => Some(format!("{}.{name}", path(of)?)),
        _ => None,
    }
}
