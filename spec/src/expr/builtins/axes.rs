//! `axes` in expressions: each axis as a whole, and not the value that a variant has of it.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::did_you_mean;
use crate::expr::{self, Expr, ExprNode, Known, Names, Operator, ValueType};

/// The name `axes` in expressions.
pub(crate) const NAME: &str = "axes";
/// What is known about `axes`.
pub(crate) const AXES: Known = Known::Plain(ValueType::Record);
/// The property of an axis with the names of its values.
pub(crate) const VALUES: &str = "values";
/// The property of an axis with the name of its default.
pub(crate) const DEFAULT: &str = "default";

/// The condition `axis is default`, or `axis is not default`.
pub(crate) fn is_default(axis: Expr, is: bool) -> Expr {
    let span = axis.span;
    let ExprNode::Name(name) = &axis.node else { return axis };
    let all = Expr { span, node: ExprNode::Name(NAME.to_owned()) };
    let whole = Expr { span, node: ExprNode::Property(Box::new(all), name.clone()) };
    let default = Expr { span, node: ExprNode::Property(Box::new(whole), DEFAULT.to_owned()) };
    let operator = if is { Operator::Equal } else { Operator::NotEqual };
    Expr { span, node: ExprNode::Binary(operator, Box::new(axis), Box::new(default)) }
}

/// The error for something that is not an axis, such as the variable of a repetition.
pub(crate) fn unknown(name: &str, at: Span) -> Box<Diagnostic> {
    Diagnostic::error(Code::UnknownProperty, at, format!("there is no axis `{name}`")).into()
}

/// Checks `axes.NAME`, and the properties of it. Returns `None` for a property of anything else.
pub(crate) fn check(
    of: &Expr,
    property: &str,
    expr: &Expr,
    names: &Names,
    found: &mut Vec<Diagnostic>,
) -> Option<ValueType> {
    let is_axes = |expr: &Expr| expr.node == ExprNode::Name(NAME.to_owned());
    let mut unknown = |message: String, known: Vec<&str>| {
        let error = Diagnostic::error(Code::UnknownProperty, expr.span, message);
        found.push(error.help_if(did_you_mean(property, known)));
    };
    match &of.node {
        ExprNode::Name(_) if is_axes(of) => {
            // In `name is default`, an unknown name is reported where it is written.
            if of.span == expr.span && names.get(property).is_none() {
                return Some(ValueType::Record);
            }
            // An axis with a mistake can be anything.
            if !matches!(names.get(property), Some(Known::Axis { .. } | Known::Plain(ValueType::Any))) {
                unknown(format!("there is no axis `{property}`"), names.axes().collect());
                return Some(ValueType::Any);
            }
            Some(ValueType::Record)
        }
        ExprNode::Property(all, _) if is_axes(all) => {
            let kind = match property {
                VALUES => ValueType::List,
                DEFAULT => ValueType::Text,
                _ => {
                    unknown(
                        format!("an axis as a whole has no property `{property}`"),
                        vec![VALUES, DEFAULT],
                    );
                    ValueType::Any
                }
            };
            let before = found.len();
            expr::check(of, names, found);
            Some(if found.len() > before { ValueType::Any } else { kind })
        }
        _ => None,
    }
}
