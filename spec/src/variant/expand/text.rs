//! Expands strings with expressions.

use std::sync::Arc;

use super::{keep, path, value as value_of};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::value::{MAX_TEXT_BYTES, Value};
use crate::expr::builtins::facts;
use crate::expr::{self, Expr};
use crate::family::reader::{because, shortened};
use crate::family::template::{Part, Template, Text};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::Shape;
use crate::variant::budget::too_much;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};
use crate::variant::scope::Bindings;

/// Expands a string. If the shape is a list, the value of a single expression may be the whole list.
pub(super) fn expand(
    text: &Text,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> Option<ConcreteValue> {
    path::check(text, shape, names, found)?;
    let value = match keep(known(text, names), found)? {
        Known::Now(value) => value,
        Known::AfterTheBuild(text) => return Some(text),
    };
    match (value, shape) {
        (Value::List(items), Shape::List(item)) => {
            let before = found.len();
            let items = items.iter().filter_map(|value| one(text, value, *item, found));
            let kind = ConcreteKind::List(items.collect());
            Some(ConcreteValue { span: text.span, kind, is_complete: found.len() == before })
        }
        (value, _) => one(text, &value, shape, found),
    }
}

/// Adds the items of a list that a string stands for.
pub(super) fn items(
    text: &Text,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
    into: &mut Vec<ConcreteValue>,
) {
    match keep(known(text, names), found) {
        // An expression whose value is a list stands for the items of that list.
        Some(Known::Now(Value::List(items))) => {
            into.extend(items.iter().filter_map(|value| one(text, value, shape, found)));
        }
        Some(Known::Now(value)) => into.extend(one(text, &value, shape, found)),
        Some(Known::AfterTheBuild(text)) => into.push(text),
        None => {}
    }
}

/// The value of a string, or what is known of it.
enum Known {
    Now(Value),
    /// A text with placeholders for facts.
    AfterTheBuild(ConcreteValue),
}

fn known(text: &Text, names: &dyn Bindings) -> Result<Known, Box<Diagnostic>> {
    match evaluate(text, names) {
        Err(error) if error.code == Code::UnknownFact => {
            let kind = ConcreteKind::Text(joined(text, names, OnFact::Placeholder)?);
            Ok(Known::AfterTheBuild(ConcreteValue { span: text.span, kind, is_complete: true }))
        }
        value => value.map(Known::Now),
    }
}

/// The value of a string. For a single expression, such as `"${{ device }}"`, it is the value of the expression, which can be a
/// list. For any other string it is a string.
pub(super) fn value(text: &Text, names: &dyn Bindings) -> Result<Value, Box<Diagnostic>> {
    match text.parts.as_slice() {
        [Part::Expr(expr)] => expr::evaluate(expr, names),
        [Part::File(file)] => names.file(file),
        _ => Ok(Value::Text(joined(text, names, OnFact::Error)?)),
    }
}

/// The value of a string. Its length is charged to the budget of expansion.
pub(super) fn evaluate(text: &Text, names: &dyn Bindings) -> Result<Value, Box<Diagnostic>> {
    let value = value(text, names)?;
    let length = match text.parts.as_slice() {
        [Part::Expr(_) | Part::File(_)] => value.as_text().map_or(0, str::len),
        // Joining the parts has charged the budget already.
        _ => 0,
    };
    if names.charge_budget(length / 64) { Ok(value) } else { Err(too_much(text.span).into()) }
}

/// Makes a concrete string of a value. Reports a value that is not a string or does not fit the shape.
pub(super) fn one(
    text: &Text,
    value: &Value,
    shape: Shape,
    found: &mut Vec<Diagnostic>,
) -> Option<ConcreteValue> {
    let written = match value {
        Value::Text(text) => Some(text.clone()),
        other => other.as_text().map(Arc::from),
    };
    let Some(written) = written else {
        let error =
            Diagnostic::error(Code::ExpressionType, text.span, format!("the result is {}", value.noun()));
        let help = match value {
            Value::List(_) => "join its items: `| join(\" \")`",
            _ => "use one of its properties",
        };
        found.push(error.label("expected a string").help(help));
        return None;
    };
    if text.literal().is_none()
        && let Some(kind) = scalar_of(shape)
        && let Err(expected) = kind.check(&written)
    {
        let message = match &*written {
            "" => "the result is empty".to_owned(),
            written => {
                let (shown, because) = (shortened(written), because(written, kind));
                format!("the result `{shown}` is not {}{because}", kind.noun())
            }
        };
        let error = Diagnostic::error(kind.code(&written), text.span, message);
        found.push(error.label(format!("expected {expected}")).help_if(kind.help(&written)));
        return None;
    }
    Some(ConcreteValue { span: text.span, kind: ConcreteKind::Text(written), is_complete: true })
}

/// Evaluates an expression whose value has to be a string.
pub(super) fn of_expression(expr: &Expr, names: &dyn Bindings) -> Result<Arc<str>, Box<Diagnostic>> {
    let value = expr::evaluate(expr, names)?;
    match &value {
        Value::Text(text) => Ok(text.clone()),
        other => other.as_text().map(Arc::from).ok_or_else(|| {
            let error =
                Diagnostic::error(Code::ExpressionType, expr.span, format!("this is {}", other.noun()));
            error.label("expected a string").help("join the items of a list with `| join(\" \")`").into()
        }),
    }
}

/// Evaluates a template whose value has to be a string.
pub(super) fn of_template(template: &Template, names: &dyn Bindings) -> Result<Arc<str>, Box<Diagnostic>> {
    let value = value_of(template, names)?;
    value.as_text().map(Arc::from).ok_or_else(|| {
        let error = Diagnostic::error(Code::WrongType, template.span(), format!("this is {}", value.noun()));
        error.label("expected a string").into()
    })
}

/// What a fact that is not known gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnFact {
    Error,
    /// `{facts.python}` for each fact of the expression.
    Placeholder,
}

fn joined(text: &Text, names: &dyn Bindings, on_fact: OnFact) -> Result<Arc<str>, Box<Diagnostic>> {
    if let Some(literal) = text.literal() {
        return Ok(literal.clone());
    }
    let mut joined = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => joined.push_str(literal),
            Part::Expr(expr) => match of_expression(expr, names) {
                Err(error) if error.code == Code::UnknownFact && on_fact == OnFact::Placeholder => {
                    for fact in facts::read(expr) {
                        names.variant().note_fact(&fact);
                        joined.push_str(&facts::placeholder(fact.name));
                    }
                }
                value => joined.push_str(&value?),
            },
            Part::File(file) => joined.push_str(names.file(file)?.as_text().unwrap_or_default()),
        }
        if joined.len() > MAX_TEXT_BYTES {
            return Err(too_much(text.span).into());
        }
    }
    if !names.charge_budget(joined.len() / 64) {
        return Err(too_much(text.span).into());
    }
    Ok(Arc::from(joined))
}

pub(super) fn scalar_of(shape: Shape) -> Option<Scalar> {
    match shape {
        Shape::Scalar(kind) => Some(kind),
        Shape::List(item) | Shape::Either(item, _) => scalar_of(*item),
        _ => None,
    }
}
