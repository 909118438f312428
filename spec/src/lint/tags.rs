//! The texts that give the tags of a target. varve follows choices, matches and repetitions of the list, vars that an item names
//! alone, and in an expression lists, `+` and `a if c else b`.

use std::collections::BTreeSet;

use super::facts::MatrixFacts;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{self, Expr, ExprNode, Operator};
use crate::family::Family;
use crate::family::template::{Part, Template, Text};
use crate::variant::expand::{self, choose, turns};
use crate::variant::scope::{Bindings, Local};
use crate::variant::trace::Dependencies;

/// How deep vars may name each other.
const MAX_DEPTH: usize = 32;

/// A text that gives tags in some variants.
pub(super) struct Leaf {
    pub(super) span: Span,
    /// The text, with `...` in place of its expressions.
    pub(super) written: String,
    /// Whether its condition or its value depends on an arg, which can have any value.
    pub(super) is_open: bool,
}

/// The texts that can give tags.
pub(super) struct Leaves<'a, 'f> {
    facts: &'a MatrixFacts<'f>,
    /// The conditions that lead to the place, and whether one of them depends on an arg.
    open: Vec<bool>,
    pub(super) all: Vec<Leaf>,
    /// Whether one of them is inside of an expression or a var.
    pub(super) are_nested: bool,
    depth: usize,
}

impl<'a, 'f> Leaves<'a, 'f> {
    pub(super) fn new(facts: &'a MatrixFacts<'f>, tags: &'f Template) -> Self {
        let mut leaves = Self { facts, open: Vec::new(), all: Vec::new(), are_nested: false, depth: 0 };
        leaves.add(tags, &mut Vec::new());
        leaves
    }

    /// Whether an expression depends on an arg.
    fn reads_arg(&self, expr: &'f Expr) -> bool {
        let names = self.facts.matrix.uses.names.closure(expr.names());
        self.facts.family.args.iter().any(|arg| names.contains(arg.name.as_str()))
    }

    fn leaf(&mut self, span: Span, written: String, mut parts: impl Iterator<Item = &'f Expr>) {
        let is_open = self.open.contains(&true) || parts.any(|part| self.reads_arg(part));
        self.all.push(Leaf { span, written, is_open });
    }

    /// Adds what is behind a condition.
    fn behind(&mut self, condition: &'f Expr, add: impl FnOnce(&mut Self)) {
        self.open.push(self.reads_arg(condition));
        add(self);
        self.open.pop();
    }

    fn add(&mut self, template: &'f Template, locals: &mut Vec<&'f str>) {
        match template {
            Template::Text(text) => match text.parts.as_slice() {
                [Part::Expr(expr)] => self.add_expr(expr, text.span, locals),
                _ => self.leaf(text.span, written(text), std::iter::empty()),
            },
            Template::List(_, items) => items.iter().for_each(|item| self.add(item, locals)),
            Template::Map(..) => {}
            Template::If { condition, then, otherwise, .. } => self.behind(condition, |leaves| {
                leaves.add(then, locals);
                otherwise.iter().for_each(|otherwise| leaves.add(otherwise, locals));
            }),
            Template::Match { on, cases, otherwise, .. } => self.behind(on, |leaves| {
                cases.iter().for_each(|(_, case)| leaves.add(case, locals));
                otherwise.iter().for_each(|otherwise| leaves.add(otherwise, locals));
            }),
            Template::For { variable, body, .. } => {
                locals.push(variable);
                self.add(body, locals);
                locals.pop();
            }
        }
    }

    fn add_expr(&mut self, expr: &'f Expr, span: Span, locals: &mut Vec<&'f str>) {
        let parts = match &expr.node {
            ExprNode::Name(name) if self.depth < MAX_DEPTH && !locals.contains(&name.as_str()) => {
                if let Some(template) = var(self.facts.family, name) {
                    self.are_nested = true;
                    self.depth += 1;
                    self.add(template, &mut Vec::new());
                    self.depth -= 1;
                    return;
                }
                Vec::new()
            }
            node => parts(node),
        };
        // An empty list gives no tag.
        if parts.is_empty() && !matches!(expr.node, ExprNode::List(_)) {
            let written = match &expr.node {
                ExprNode::Literal(value) => value.as_text().unwrap_or_default().to_owned(),
                _ => "...".to_owned(),
            };
            self.leaf(span, written, [expr].into_iter());
        }
        let add = |leaves: &mut Self| {
            for part in parts {
                leaves.are_nested = true;
                leaves.add_expr(part, part.span, locals);
            }
        };
        match &expr.node {
            ExprNode::Choice { condition, .. } => self.behind(condition, add),
            _ => add(self),
        }
    }
}

/// The parts of an expression that can give its value.
fn parts(node: &ExprNode) -> Vec<&Expr> {
    match node {
        ExprNode::List(items) => items.iter().collect(),
        ExprNode::Binary(Operator::Add, a, b) => vec![a, b],
        ExprNode::Choice { then, otherwise, .. } => vec![then, otherwise],
        _ => Vec::new(),
    }
}

/// The template of a var. `None` for another name.
fn var<'f>(family: &'f Family, name: &str) -> Option<&'f Template> {
    family.vars.iter().find(|var| var.name == name).map(|var| &var.template)
}

/// Adds the places of the texts that give tags in one variant. A part that cannot be evaluated gives none.
pub(super) fn selected(family: &Family, tags: &Template, names: &dyn Bindings, into: &mut BTreeSet<Span>) {
    Selection { family, into, depth: 0 }.add(tags, names, &[]);
}

struct Selection<'a> {
    family: &'a Family,
    into: &'a mut BTreeSet<Span>,
    depth: usize,
}

impl Selection<'_> {
    fn add(&mut self, template: &Template, names: &dyn Bindings, locals: &[&str]) {
        match template {
            Template::Text(text) => match text.parts.as_slice() {
                [Part::Expr(expr)] => self.add_expr(expr, text.span, names, locals),
                _ => drop(self.into.insert(text.span)),
            },
            Template::List(_, items) => items.iter().for_each(|item| self.add(item, names, locals)),
            Template::Map(..) => {}
            Template::If { .. } | Template::Match { .. } => {
                if let Ok(Some(branch)) = choose(template, names) {
                    self.add(branch, names, locals);
                }
            }
            Template::For { variable, values, body, .. } => {
                let locals: Vec<&str> = locals.iter().copied().chain([variable.as_str()]).collect();
                for value in expand::value(values, names).iter().flat_map(turns) {
                    let reads = Dependencies::new();
                    self.add(body, &Local { name: variable, value, reads: &reads, outer: names }, &locals);
                }
            }
        }
    }

    fn add_expr(&mut self, expr: &Expr, span: Span, names: &dyn Bindings, locals: &[&str]) {
        match &expr.node {
            ExprNode::Name(name) if self.depth < MAX_DEPTH && !locals.contains(&name.as_str()) => {
                if let Some(template) = var(self.family, name) {
                    self.depth += 1;
                    self.add(template, names.globals(), &[]);
                    self.depth -= 1;
                    return;
                }
            }
            ExprNode::Choice { condition, then, otherwise } => {
                if let Ok(holds) = expr::condition(condition, names) {
                    let branch = if holds { then } else { otherwise };
                    self.add_expr(branch, branch.span, names, locals);
                }
                return;
            }
            node => {
                let parts = parts(node);
                if !parts.is_empty() {
                    parts.into_iter().for_each(|part| self.add_expr(part, part.span, names, locals));
                    return;
                }
            }
        }
        let is_empty = |value: &Value| match value {
            Value::List(items) => items.is_empty(),
            other => other.as_text() == Some(""),
        };
        if expr::evaluate(expr, names).is_ok_and(|value| !is_empty(&value)) {
            self.into.insert(span);
        }
    }
}

/// The text of a tag, with `...` in place of its expressions.
fn written(text: &Text) -> String {
    let part = |part: &Part| match part {
        Part::Literal(text) => text.to_string(),
        Part::Expr(_) | Part::File(_) => "...".to_owned(),
    };
    text.parts.iter().map(part).collect()
}
