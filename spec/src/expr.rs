//! Expressions such as `device.vendor == "cuda" and version > 12.9`: parsed into a tree, checked against the known names, and
//! evaluated.
//!
//! The evaluation of an expression always ends: there are no loops and no user functions, and depth and size are limited.

pub(crate) mod builtins;
mod check;
mod eval;
mod functions;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::base::source::Span;
use crate::base::value::Value;

pub(crate) use check::ValueType;
pub(crate) use check::{Known, Names, check, check_condition, check_pattern, unknown_value_help};
pub(crate) use eval::{Lookup, condition, evaluate, limited};
pub use functions::shell_quoted;
pub(crate) use functions::{Function, whole_match};
pub(crate) use parse::parse;

/// The largest length of an expression in bytes.
pub(crate) const MAX_EXPRESSION_BYTES: usize = 4096;
/// How deep an expression may nest.
pub(crate) const MAX_EXPRESSION_DEPTH: usize = 32;

/// The largest number of operators, properties and filters in an expression.
pub(crate) const MAX_EXPRESSION_PARTS: usize = 100;

/// A parsed expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expr {
    /// The place of the expression.
    pub span: Span,
    /// The root of the tree.
    pub(crate) node: ExprNode,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExprNode {
    Literal(Value),
    Name(String),
    Property(Box<Expr>, String),
    /// The value of a key of a map, `table[key]`.
    Index(Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Choice {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Call(&'static Function, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Join,
    Add,
}

impl Expr {
    /// Calls `visit` for this expression and for all expressions in it.
    pub(crate) fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Self)) {
        visit(self);
        match &self.node {
            ExprNode::Literal(_) | ExprNode::Name(_) => {}
            ExprNode::Property(of, _) | ExprNode::Not(of) => of.walk(visit),
            ExprNode::List(items) | ExprNode::Call(_, items) => {
                items.iter().for_each(|item| item.walk(visit))
            }
            ExprNode::Index(a, b) | ExprNode::Binary(_, a, b) | ExprNode::And(a, b) | ExprNode::Or(a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            ExprNode::Choice { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|part| part.walk(visit));
            }
        }
    }

    /// The names that occur in the expression.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.walk(&mut |part| {
            if let ExprNode::Name(name) = &part.node {
                names.insert(name.as_str());
            }
        });
        names
    }
}
