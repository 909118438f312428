//! Records the dependencies and decisions that lead to a plan, while templates are expanded. Reports use the record; a build
//! records nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use buildkit_names::redacted;

use super::budget::Budget;
use super::scope::Bindings;
use crate::base::diagnostic::Diagnostic;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{self, Expr, ExprNode};
use crate::family::template::Template;

/// A name or file that a value is computed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// An axis, an arg, or a built-in name such as `platform`.
    Name(String),
    /// A file of the context, by its path.
    File(String),
}

/// All dependencies of a value.
pub type Dependencies = BTreeSet<Dependency>;

/// A decision that leads to a part of the plan. Frames are listed from the outermost to the innermost one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frame {
    /// A fragment that is used.
    Fragment {
        /// The name.
        name: String,
        /// The place of the step that uses it.
        span: Span,
    },
    /// One pass of a repetition.
    Repetition {
        /// The name of the variable.
        variable: String,
        /// The value of the variable in this pass.
        value: String,
        /// The place of the repetition.
        span: Span,
    },
    /// A decision, or a choice of items.
    Choice(BranchDecision),
    /// A mixin that is attached to a step or stage.
    Mixin {
        /// The name.
        name: String,
        /// The place of the name in `mixins`.
        span: Span,
    },
}

/// The decision of a choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchDecision {
    /// The place of the condition, or of the matched expression.
    pub span: Span,
    /// The names and properties in it, with their values.
    pub values: Vec<(String, String)>,
    /// The result of the decision.
    pub outcome: Outcome,
}

/// The result of a condition or a match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The condition is true.
    Holds,
    /// The condition is false.
    Fails,
    /// The case with this pattern is selected.
    Case(String),
    /// No case matches, so `else` is selected.
    Else,
}

/// A part of the build file that is not in the plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Omitted {
    /// The place of the part. Omitted parts are reported in the order of the file.
    pub span: Span,
    /// The stage of the part. `None` for a part of the target.
    pub stage: Option<String>,
    /// The decisions that lead to the part.
    pub path: Vec<Frame>,
    /// The decision that omits it.
    pub decision: BranchDecision,
}

/// The type of a part of the build file. An item with one key has the same place as that key, so the place alone does not identify
/// a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Item,
    Key,
}

/// A part of the build file that is in the plan.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) piece: Piece,
    pub(crate) stage: Option<String>,
    pub(crate) span: Span,
    pub(crate) path: Vec<Frame>,
    pub(crate) reads: Dependencies,
    /// The decisions of the choices between values in the part.
    pub(crate) choices: Vec<BranchDecision>,
}

impl Frame {
    pub(crate) fn repetition(variable: &str, value: &Value, span: Span) -> Self {
        Self::Repetition { variable: variable.to_owned(), value: shown(value), span }
    }
}

/// The record of one expansion. What it holds is charged to the budget of the plan. A part that the budget does not cover is not
/// recorded, and then the plan has an error.
#[derive(Debug)]
pub(crate) struct Trace {
    state: RefCell<State>,
    budget: Budget,
}

#[derive(Debug, Default)]
struct State {
    stage: Option<String>,
    frames: Vec<Frame>,
    /// The parts that are being expanded, from the outermost to the innermost one.
    open: Vec<Level>,
    vars: BTreeMap<String, Dependencies>,
    kept: Vec<Kept>,
    /// A set, since a stage that waits for another one is expanded twice.
    omitted: BTreeSet<Omitted>,
    all: Dependencies,
    /// Whether dependencies are not added to `all` at the moment.
    repeats: bool,
}

#[derive(Debug, Default)]
struct Level {
    reads: Dependencies,
    choices: Vec<BranchDecision>,
}

/// Identifies a recording that [`Trace::begin`] started and that has to be ended.
#[must_use]
pub(crate) struct Mark(usize);

impl Trace {
    /// An empty record that is charged to this budget.
    pub(crate) fn new(budget: Budget) -> Self {
        Self { state: RefCell::default(), budget }
    }

    /// Starts to record the dependencies of a part.
    pub(crate) fn begin(&self) -> Mark {
        let mut state = self.state.borrow_mut();
        state.open.push(Level::default());
        Mark(state.open.len())
    }

    pub(crate) fn read(&self, read: Dependency) {
        self.read_all(&Dependencies::from([read]));
    }

    pub(crate) fn read_all(&self, reads: &Dependencies) {
        if !self.budget.charge(reads.len() / READS) {
            return;
        }
        let mut state = self.state.borrow_mut();
        if !state.repeats {
            state.all.extend(reads.iter().cloned());
        }
        if let Some(level) = state.open.last_mut() {
            level.reads.extend(reads.iter().cloned());
        }
    }

    /// Records the dependencies of a var that was evaluated before.
    pub(crate) fn read_var(&self, name: &str) {
        let reads = self.state.borrow().vars.get(name).cloned().unwrap_or_default();
        self.read_all(&reads);
    }

    pub(crate) fn end_var(&self, mark: Mark, name: &str) {
        let Level { reads, .. } = self.end(mark);
        self.state.borrow_mut().vars.insert(name.to_owned(), reads);
    }

    /// Sets the stage that is expanded from now on. `None` for the target.
    pub(crate) fn enter(&self, stage: Option<&str>) {
        self.state.borrow_mut().stage = stage.map(str::to_owned);
    }

    /// Returns the parts that are in the plan, the omitted parts, and all dependencies.
    pub(crate) fn into_parts(self) -> (Vec<Kept>, Vec<Omitted>, Dependencies) {
        let State { kept, omitted, all, .. } = self.state.into_inner();
        (kept, omitted.into_iter().collect(), all)
    }

    /// Ends a recording. Recordings inside it that were not ended, because of an error, are dropped.
    fn end(&self, Mark(mark): Mark) -> Level {
        let mut state = self.state.borrow_mut();
        state.open.truncate(mark);
        let level = state.open.pop().unwrap_or_default();
        let units = (level.reads.len() + level.choices.len()) / READS;
        if let Some(outer) = state.open.last_mut().filter(|_| self.budget.charge(units)) {
            outer.reads.extend(level.reads.iter().cloned());
            outer.choices.extend(level.choices.iter().cloned());
        }
        level
    }
}

/// Ends the recording of an item or a key. `span` is the place of the part; `None` if the part is omitted or not reported.
pub(crate) fn end(names: &dyn Bindings, mark: Option<Mark>, piece: Piece, span: Option<Span>) {
    let (Some(trace), Some(mark)) = (names.trace(), mark) else { return };
    let Level { reads, choices } = trace.end(mark);
    let mut state = trace.state.borrow_mut();
    // Reports show the keys of stages and the items that are steps. The keys of steps are inside of another recording.
    if let (Some(span), true) = (span, piece == Piece::Item || state.open.is_empty()) {
        let units = 1 + state.frames.len() + reads.len() / READS + choices.iter().map(units).sum::<usize>();
        if !trace.budget.charge(units) {
            return;
        }
        let (stage, path) = (state.stage.clone(), state.frames.clone());
        state.kept.push(Kept { piece, stage, span, path, reads, choices });
    }
}

/// Expands something, and returns it with its dependencies.
pub(crate) fn expansion<T>(names: &dyn Bindings, expand: impl FnOnce() -> T) -> (T, Dependencies) {
    let Some(trace) = names.trace() else { return (expand(), Dependencies::new()) };
    let mark = trace.begin();
    let expanded = expand();
    (expanded, trace.end(mark).reads)
}

/// Computes a value, and returns it with its dependencies.
pub(crate) fn reading<T>(
    names: &dyn Bindings,
    compute: impl FnOnce() -> Result<T, Box<Diagnostic>>,
) -> Result<(T, Dependencies), Box<Diagnostic>> {
    let (computed, reads) = expansion(names, compute);
    Ok((computed?, reads))
}

/// Does some work inside a frame.
pub(crate) fn within<T>(names: &dyn Bindings, frame: impl FnOnce() -> Frame, work: impl FnOnce() -> T) -> T {
    let Some(trace) = names.trace() else { return work() };
    let frame = frame();
    trace.state.borrow_mut().frames.push(frame);
    let done = work();
    trace.state.borrow_mut().frames.pop();
    done
}

/// Records the decision of a choice between values, for the part that is being expanded.
pub(crate) fn value_chosen(template: &Template, names: &dyn Bindings) {
    let Some(trace) = names.trace() else { return };
    let decision = decision(template, names);
    if let (Some(level), Some(decision)) = (trace.state.borrow_mut().open.last_mut(), decision) {
        level.choices.push(decision);
    }
}

/// Records the branch of a choice that is omitted.
pub(crate) fn record_omitted(template: &Template, names: &dyn Bindings) {
    let (Some(trace), Template::If { then, otherwise, .. }) = (names.trace(), template) else { return };
    let Some(decision) = decision(template, names) else { return };
    let branch = match decision.outcome {
        Outcome::Fails => Some(then),
        _ => otherwise.as_ref(),
    };
    let Some(branch) = branch else { return };
    let mut state = trace.state.borrow_mut();
    if !trace.budget.charge(state.frames.len() + units(&decision)) {
        return;
    }
    let (stage, path) = (state.stage.clone(), state.frames.clone());
    let part = Omitted { span: branch.span(), stage, path, decision };
    state.omitted.insert(part);
}

/// The frame for the selected branch of a choice.
pub(crate) fn chosen(template: &Template, names: &dyn Bindings) -> Frame {
    let nothing = || BranchDecision { span: template.span(), values: Vec::new(), outcome: Outcome::Else };
    Frame::Choice(decision(template, names).unwrap_or_else(nothing))
}

/// The decision of a choice. This evaluates the condition once more. Its dependencies are recorded already, so they are not
/// recorded again.
pub(crate) fn decision(template: &Template, names: &dyn Bindings) -> Option<BranchDecision> {
    let trace = names.trace()?;
    trace.state.borrow_mut().repeats = true;
    let mark = trace.begin();
    let decision = match template {
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
    let mut state = trace.state.borrow_mut();
    state.open.truncate(mark.0 - 1);
    state.repeats = false;
    decision
}

/// The names and properties in an expression with their values, in their order. Each is listed once.
fn values(expr: &Expr, names: &dyn Bindings) -> Vec<(String, String)> {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut parts = Vec::new();
    expr.walk(&mut |part| parts.push(part));
    // For `device.vendor`, list the property and not `device` itself.
    let inner: Vec<Span> = parts
        .iter()
        .filter_map(|part| match &part.node {
            ExprNode::Property(of, _) | ExprNode::Index(of, _) => Some(of.span),
            _ => None,
        })
        .collect();
    for part in parts.into_iter().filter(|part| !inner.contains(&part.span)) {
        let Some(name) = path(part) else { continue };
        if let (false, Ok(value)) =
            (values.iter().any(|(known, _)| *known == name), expr::evaluate(part, names))
        {
            values.push((name, shown(&value)));
        }
    }
    values
}

/// How many dependencies cost one unit of the budget.
const READS: usize = 4;

/// The units that a recorded decision costs.
fn units(decision: &BranchDecision) -> usize {
    1 + decision.values.len()
}

/// A value as reports show it. The rest of a long one is omitted.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 200;
    fn add(value: &Value, text: &mut String) {
        match value {
            Value::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    if text.len() > LONGEST {
                        return;
                    }
                    text.push_str(if index == 0 { "" } else { ", " });
                    add(item, text);
                }
                text.push(']');
            }
            _ => text.push_str(&value.to_string()),
        }
    }
    let mut text = String::new();
    add(value, &mut text);
    if text.len() > LONGEST {
        // A part of a URL would not be recognised.
        text = redacted(&text).into_owned();
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// The text of a name, of a property or of a key, such as `device.vendor` and `table[device]`. `None` for any other expression.
fn path(expr: &Expr) -> Option<String> {
    match &expr.node {
        ExprNode::Name(name) => Some(name.clone()),
        ExprNode::Property(of, name) => Some(format!("{}.{name}", path(of)?)),
        ExprNode::Index(of, key) => match &key.node {
            ExprNode::Literal(key) => Some(format!("{}[\"{key}\"]", path(of)?)),
            _ => Some(format!("{}[{}]", path(of)?, path(key)?)),
        },
        _ => None,
    }
}
