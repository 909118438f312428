//! Template to data: expressions evaluated, choices made, repetitions written out.

mod fragment;

use std::sync::Arc;

use super::concrete::{self, ConcreteValue};
use super::scope::{Bindings, Local, MAX_EXPANDED};
use super::trace::{self, Frame, Piece, Trace};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::glob::glob_matches;
use crate::base::source::Span;
use crate::base::value::{MAX_TEXT_BYTES, Value};
use crate::expr::{self, Expr};
use crate::family::reader::shortened;
use crate::family::template::{Field, Part, Template, Text};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{MapKind, Shape, UnionVariant};

/// The step that expansion replaces by the steps of a fragment.
const USE: VariantKind = VariantKind::Step(StepKind::Use);

/// Expands a template of a shape. Gives nothing where a choice without `else` is not taken. All mistakes are collected.
pub(crate) fn expand(
    template: &Template,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> Option<ConcreteValue> {
    if !charge_budget(template, names, found) {
        return None;
    }
    match template {
        Template::Text(text) => expand_text(text, shape, names, found),
        Template::List(span, items) => {
            let mut expanded = Vec::with_capacity(items.len());
            for item in items {
                expand_item(item, item_shape(shape), names, found, &mut expanded);
            }
            Some(ConcreteValue { span: *span, kind: concrete::Kind::List(expanded) })
        }
        Template::Map(span, kind, fields) => {
            let mut expanded = Vec::with_capacity(fields.len());
            for field in fields {
                let known = kind.key(&field.key);
                let before = found.len();
                let shape = known.map_or_else(|| inner(shape), |key| key.shape);
                let mark = names.trace().map(Trace::begin);
                let value = expand(&field.value, shape, names, found);
                trace::end(
                    names,
                    mark,
                    Piece::Key,
                    value.as_ref().map(|value| field.key_span.to(value.span)),
                );
                match value {
                    Some(value) => expanded.push(concrete::Field {
                        key: field.key.clone(),
                        key_span: field.key_span,
                        value,
                    }),
                    None if found.len() == before && known.is_some_and(|key| key.required) => {
                        found.push(left_out(field));
                    }
                    None => {}
                }
            }
            Some(ConcreteValue { span: *span, kind: concrete::Kind::Map(*kind, expanded) })
        }
        Template::If { .. } | Template::Match { .. } => {
            let chosen = keep(choose(template, names), found)?;
            match &chosen {
                Some(_) => trace::value_chosen(template, names),
                None => trace::left_out(template, names),
            }
            expand(chosen?.0, shape, names, found)
        }
        Template::For { span, .. } => {
            let mut expanded = Vec::new();
            expand_item(template, shape, names, found, &mut expanded);
            Some(ConcreteValue { span: *span, kind: concrete::Kind::List(expanded) })
        }
    }
}

/// The value of a template of any shape, as a var has it.
pub(crate) fn value(template: &Template, names: &dyn Bindings) -> Result<Value, Box<Diagnostic>> {
    match template {
        Template::Text(text) => match text.parts.as_slice() {
            [Part::Expr(expr)] => expr::evaluate(expr, names),
            _ => Ok(Value::Text(joined(text, names)?)),
        },
        Template::List(_, items) => {
            let mut values = Vec::new();
            for item in items {
                add_values(item, names, &mut values)?;
            }
            expr::limited(Value::list(values), template.span())
        }
        Template::Map(_, _, fields) => {
            let fields = fields.iter().map(|field| Ok((field.key.to_string(), value(&field.value, names)?)));
            Ok(Value::record(None, fields.collect::<Result<Vec<_>, Box<Diagnostic>>>()?))
        }
        Template::If { .. } | Template::Match { .. } => match choose(template, names)? {
            Some((chosen, _)) => value(chosen, names),
            None => Ok(Value::text("")),
        },
        Template::For { .. } => {
            let mut values = Vec::new();
            add_values(template, names, &mut values)?;
            expr::limited(Value::list(values), template.span())
        }
    }
}

/// Adds the values of an item of a list: none, one, or several.
fn add_values(item: &Template, names: &dyn Bindings, values: &mut Vec<Value>) -> Result<(), Box<Diagnostic>> {
    if !names.charge_budget(1) {
        return Err(too_much(item.span()).into());
    }
    match item {
        Template::If { .. } | Template::Match { .. } => match choose(item, names)? {
            Some((Template::List(_, items), _)) => {
                items.iter().try_for_each(|item| add_values(item, names, values))
            }
            Some((chosen, _)) => add_values(chosen, names, values),
            None => Ok(()),
        },
        Template::For { variable, values: over, body, .. } => {
            let (over, reads) = trace::reading(names, || value(over, names))?;
            for turn in turns(&over) {
                let names = Local { name: variable, value: turn, reads: &reads, outer: names };
                match body.as_ref() {
                    Template::List(_, items) => {
                        items.iter().try_for_each(|item| add_values(item, &names, values))?
                    }
                    body => add_values(body, &names, values)?,
                }
            }
            Ok(())
        }
        item => match value(item, names)? {
            Value::List(list) if matches!(item, Template::Text(_)) => {
                values.extend(list.iter().cloned());
                Ok(())
            }
            single => {
                values.push(single);
                Ok(())
            }
        },
    }
}

/// Counts a template against what may be made of the file; reports once when it is too much.
fn charge_budget(template: &Template, names: &dyn Bindings, found: &mut Vec<Diagnostic>) -> bool {
    let nodes = match template {
        Template::Text(text) => 1 + text.literal().map_or(0, |text| text.len() / 64),
        _ => 1,
    };
    let affordable = names.charge_budget(nodes);
    if !affordable && !found.iter().rev().take(1).any(|found| found.message == TOO_MUCH) {
        found.push(too_much(template.span()));
    }
    affordable
}

const TOO_MUCH: &str = "expressions, repetitions and fragments make too much of this file";

fn too_much(at: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::BadValue, at, TOO_MUCH);
    error.label(format!(
        "the limits are {MAX_EXPANDED} texts, lists and maps, and {MAX_TEXT_BYTES} bytes in a text"
    ))
}

fn turns(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        single => vec![single.clone()],
    }
}

fn expand_item(
    item: &Template,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
    into: &mut Vec<ConcreteValue>,
) {
    match item {
        Template::For { span, variable, values, body } => {
            let Some((over, reads)) = keep(trace::reading(names, || value(values, names)), found) else {
                return;
            };
            for turn in turns(&over) {
                if !charge_budget(body, names, found) {
                    return;
                }
                let names = Local { name: variable, value: turn, reads: &reads, outer: names };
                let frame = || Frame::repetition(variable, &names.value, *span);
                trace::within(&names, frame, || expand_item(body, shape, &names, found, into));
            }
        }
        Template::If { .. } | Template::Match { .. } => {
            let Some(chosen) = keep(choose(item, names), found) else { return };
            trace::left_out(item, names);
            if let Some((chosen, _)) = chosen {
                let frame = || trace::chosen(item, names);
                trace::within(names, frame, || expand_item(chosen, shape, names, found, into));
            }
        }
        Template::Map(span, kind @ MapKind::Variant(UnionVariant { kind: USE, .. }), fields) => {
            fragment::expand_use(*span, (*kind, fields), shape, names, found, into);
        }
        // A branch of a choice that holds several items.
        Template::List(_, items) => {
            items.iter().for_each(|item| expand_item(item, shape, names, found, into))
        }
        Template::Text(text) => {
            if !charge_budget(item, names, found) {
                return;
            }
            match keep(evaluated(text, names), found) {
                // The items of a list take its place.
                Some(Value::List(items)) => {
                    into.extend(items.iter().filter_map(|value| one(text, value, shape, found)))
                }
                Some(value) => into.extend(one(text, &value, shape, found)),
                None => {}
            }
        }
        item => {
            let mark = names.trace().map(Trace::begin);
            into.extend(expand(item, shape, names, found));
            let told = matches!(item, Template::Map(_, MapKind::Variant(_), _)).then(|| item.span());
            trace::end(names, mark, Piece::Item, told);
        }
    }
}

/// The branch that counts, with the place of what decided.
fn choose<'t>(
    template: &'t Template,
    names: &dyn Bindings,
) -> Result<Option<(&'t Template, Span)>, Box<Diagnostic>> {
    match template {
        Template::If { condition, then, otherwise, .. } => {
            let chosen = if expr::condition(condition, names)? { Some(then) } else { otherwise.as_ref() };
            Ok(chosen.map(|chosen| (chosen.as_ref(), condition.span)))
        }
        Template::Match { on, cases, otherwise, .. } => {
            let text = text_of(on, names)?;
            if let Some((_, case)) = cases.iter().find(|(pattern, _)| glob_matches(pattern, &text)) {
                return Ok(Some((case, on.span)));
            }
            match otherwise {
                Some(otherwise) => Ok(Some((otherwise, on.span))),
                None => {
                    let error = Diagnostic::error(Code::NoCase, on.span, format!("no case covers `{text}`"));
                    Err(error.help(format!("add a case `{text}:` or `else:`")).into())
                }
            }
        }
        other => Ok(Some((other, other.span()))),
    }
}

fn text_of(expr: &Expr, names: &dyn Bindings) -> Result<Arc<str>, Box<Diagnostic>> {
    let value = expr::evaluate(expr, names)?;
    match &value {
        Value::Text(text) => Ok(text.clone()),
        other => other.as_text().map(Arc::from).ok_or_else(|| {
            let error =
                Diagnostic::error(Code::ExpressionType, expr.span, format!("this is {}", other.noun()));
            error.label("expected a text").help("join the items of a list with `| join(\" \")`").into()
        }),
    }
}

/// The text of a template that has to be one.
fn text_of_template(template: &Template, names: &dyn Bindings) -> Result<Arc<str>, Box<Diagnostic>> {
    let value = value(template, names)?;
    value.as_text().map(Arc::from).ok_or_else(|| {
        let error = Diagnostic::error(Code::WrongType, template.span(), format!("this is {}", value.noun()));
        error.label("expected a text").into()
    })
}

fn joined(text: &Text, names: &dyn Bindings) -> Result<Arc<str>, Box<Diagnostic>> {
    if let Some(literal) = text.literal() {
        return Ok(literal.clone());
    }
    let mut joined = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => joined.push_str(literal),
            Part::Expr(expr) => joined.push_str(&text_of(expr, names)?),
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

fn expand_text(
    text: &Text,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> Option<ConcreteValue> {
    match (keep(evaluated(text, names), found)?, shape) {
        (Value::List(items), Shape::List(item)) => {
            let items = items.iter().filter_map(|value| one(text, value, *item, found));
            Some(ConcreteValue { span: text.span, kind: concrete::Kind::List(items.collect()) })
        }
        (value, _) => one(text, &value, shape, found),
    }
}

/// What a text gives: whatever its expression does where there is nothing else in it, else a text.
fn evaluated(text: &Text, names: &dyn Bindings) -> Result<Value, Box<Diagnostic>> {
    match text.parts.as_slice() {
        [Part::Expr(expr)] => {
            let value = expr::evaluate(expr, names)?;
            let length = value.as_text().map_or(0, str::len);
            if names.charge_budget(length / 64) { Ok(value) } else { Err(too_much(text.span).into()) }
        }
        _ => Ok(Value::Text(joined(text, names)?)),
    }
}

/// A value that has to be one text.
fn one(text: &Text, value: &Value, shape: Shape, found: &mut Vec<Diagnostic>) -> Option<ConcreteValue> {
    let written = match value {
        Value::Text(text) => Some(text.clone()),
        other => other.as_text().map(Arc::from),
    };
    let Some(written) = written else {
        let error =
            Diagnostic::error(Code::ExpressionType, text.span, format!("this gives {}", value.noun()));
        let help = match value {
            Value::List(_) => "join its items: `| join(\" \")`",
            _ => "name one of its properties",
        };
        found.push(error.label("expected a text").help(help));
        return None;
    };
    if text.literal().is_none()
        && let Some(kind) = scalar_of(shape)
        && let Err(expected) = kind.check(&written)
    {
        let error =
            Diagnostic::error(Code::BadValue, text.span, format!("this gives `{}`", shortened(&written)));
        found.push(error.label(format!("expected {expected}")));
        return None;
    }
    Some(ConcreteValue { span: text.span, kind: concrete::Kind::Text(written) })
}

fn keep<T>(result: Result<T, Box<Diagnostic>>, found: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|error| found.push(*error)).ok()
}

fn scalar_of(shape: Shape) -> Option<Scalar> {
    match shape {
        Shape::Scalar(kind) => Some(kind),
        Shape::List(item) | Shape::Either(item, _) => scalar_of(*item),
        _ => None,
    }
}

fn item_shape(shape: Shape) -> Shape {
    match shape {
        Shape::List(item) => *item,
        other => other,
    }
}

/// The shape of the entries of a map whose keys are the user's own.
fn inner(shape: Shape) -> Shape {
    match shape {
        Shape::Map(_, value) => *value,
        _ => Shape::Anything,
    }
}

/// The error for a key that has to be there, where no branch of its choice counts.
fn left_out(field: &Field) -> Diagnostic {
    let message = format!("`{}` is left out", field.key);
    let error = Diagnostic::error(Code::MissingKey, field.key_span, message);
    error.label("it has to be there, and no branch of the choice counts").help("add `else:`")
}
