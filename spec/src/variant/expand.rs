//! Expands templates to concrete values: evaluates expressions, selects branches, and repeats the bodies of repetitions.

pub(crate) mod arguments;
mod fragment;
mod path;
mod text;
mod value;

use buildkit_names::glob_matches;

use super::budget::{TOO_MUCH, too_much};
use super::concrete::{self, ConcreteValue};
use super::scope::{Bindings, Local};
use super::trace::{self, Frame, Piece, Trace};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::expr;
use crate::family::template::{Field, Template};
use crate::schema::kinds::{StepKind, VariantKind};
use crate::schema::shapes::{MapKind, Shape, UnionVariant};

pub(crate) use value::{turns, value};

/// The kind of step that expansion replaces by the steps of a fragment.
const USE: VariantKind = VariantKind::Step(StepKind::Use);

/// Expands a template that has to fit a shape. Returns `None` if a choice without `else` omits it, or if it has a mistake. Mistakes
/// are added to `found`.
pub(crate) fn expand(
    template: &Template,
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> Option<ConcreteValue> {
    if !charge_budget(template, names, found) {
        return None;
    }
    let before = found.len();
    // Expressions read values of any form, so they keep their types.
    if matches!(shape, Shape::Anything) {
        let (value, reads) = keep(trace::reading(names, || value(template, names)), found)?;
        let kind = concrete::ConcreteKind::Value(value, reads);
        return Some(ConcreteValue { span: template.span(), kind, is_complete: true });
    }
    let finished = |span: Span, kind: concrete::ConcreteKind, found: &[Diagnostic]| {
        Some(ConcreteValue { span, kind, is_complete: found.len() == before })
    };
    match template {
        Template::Text(text) => text::expand(text, shape, names, found),
        Template::List(span, items) => {
            let mut expanded = Vec::with_capacity(items.len());
            for item in items {
                expand_item(item, item_shape(shape), names, found, &mut expanded);
            }
            finished(*span, concrete::ConcreteKind::List(expanded), found)
        }
        Template::Map(span, kind, fields) => {
            let mut expanded = Vec::with_capacity(fields.len());
            for field in fields {
                let known = kind.key(&field.key);
                let before = found.len();
                let shape = known.map_or_else(|| value_shape(shape), |key| key.shape);
                let shape = path::short_form(*kind, fields, field).unwrap_or(shape);
                let mark = names.trace().map(Trace::begin);
                let value = expand(&field.value, shape, names, found);
                let span = value.as_ref().map(|value| field.key_span.to(value.span));
                trace::end(names, mark, Piece::Key, span);
                match value {
                    Some(value) => expanded.push(concrete::Field {
                        key: field.key.clone(),
                        key_span: field.key_span,
                        value,
                    }),
                    None if found.len() == before && known.is_some_and(|key| key.required) => {
                        found.push(required_omitted(field));
                    }
                    None => {}
                }
            }
            finished(*span, concrete::ConcreteKind::Map(*kind, expanded), found)
        }
        Template::If { .. } | Template::Match { .. } => {
            let chosen = keep(choose(template, names), found)?;
            match &chosen {
                Some(_) => trace::value_chosen(template, names),
                None => trace::record_omitted(template, names),
            }
            expand(chosen?, shape, names, found)
        }
        Template::For { span, .. } => {
            let mut expanded = Vec::new();
            expand_item(template, shape, names, found, &mut expanded);
            finished(*span, concrete::ConcreteKind::List(expanded), found)
        }
    }
}

/// Expands an item of a list. It can become no item, one item or several items, which are added to `into`.
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
            for turn in value::turns(&over) {
                if !charge_budget(body, names, found) {
                    return;
                }
                let names = Local { name: variable, value: turn, reads: &reads, outer: names };
                let frame = || Frame::repetition(variable, &names.value, *span);
                trace::within(&names, frame, || expand_item(body, shape, &names, found, into));
            }
        }
        Template::If { .. } | Template::Match { .. } => {
            if !charge_budget(item, names, found) {
                return;
            }
            let Some(chosen) = keep(choose(item, names), found) else { return };
            trace::record_omitted(item, names);
            if let Some(chosen) = chosen {
                let frame = || trace::chosen(item, names);
                trace::within(names, frame, || expand_item(chosen, shape, names, found, into));
            }
        }
        Template::Map(span, kind @ MapKind::Variant(UnionVariant { kind: USE, .. }), fields) => {
            if charge_budget(item, names, found) {
                fragment::expand_use(*span, (*kind, fields), shape, names, found, into);
            }
        }
        // A branch of a choice with several items.
        Template::List(_, items) => {
            items.iter().for_each(|item| expand_item(item, shape, names, found, into))
        }
        Template::Text(text) => {
            if !charge_budget(item, names, found) {
                return;
            }
            if path::check(text, shape, names, found).is_some() {
                text::items(text, shape, names, found, into);
            }
        }
        item => {
            let mark = names.trace().map(Trace::begin);
            into.extend(expand(item, shape, names, found));
            let recorded = matches!(item, Template::Map(_, MapKind::Variant(_), _)).then(|| item.span());
            trace::end(names, mark, Piece::Item, recorded);
        }
    }
}

/// Selects the branch of a choice. `None` if no branch is selected. Any other template is its own branch.
pub(crate) fn choose<'t>(
    template: &'t Template,
    names: &dyn Bindings,
) -> Result<Option<&'t Template>, Box<Diagnostic>> {
    match template {
        Template::If { condition, then, otherwise, .. } => {
            let chosen = if expr::condition(condition, names)? { Some(then) } else { otherwise.as_ref() };
            Ok(chosen.map(Box::as_ref))
        }
        Template::Match { on, cases, otherwise, .. } => {
            let text = text::of_expression(on, names)?;
            if let Some((_, case)) = cases.iter().find(|(pattern, _)| glob_matches(pattern, &text)) {
                return Ok(Some(case));
            }
            match otherwise {
                Some(otherwise) => Ok(Some(otherwise)),
                None => {
                    let error = Diagnostic::error(Code::NoCase, on.span, format!("no case matches `{text}`"));
                    Err(error.help(format!("add a case `{text}:` or `else:`")).into())
                }
            }
        }
        other => Ok(Some(other)),
    }
}

/// Charges the budget of expansion for a template. Returns `false` if the budget is exhausted, and reports that once.
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

fn keep<T>(result: Result<T, Box<Diagnostic>>, found: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|error| found.push(*error)).ok()
}

fn item_shape(shape: Shape) -> Shape {
    match shape {
        Shape::List(item) => *item,
        other => other,
    }
}

/// The shape of the values in a map whose keys the user chooses.
fn value_shape(shape: Shape) -> Shape {
    match shape {
        Shape::Map(_, value) => *value,
        _ => Shape::Anything,
    }
}

/// The error for a required key whose value a choice omits.
fn required_omitted(field: &Field) -> Diagnostic {
    let message = format!("the required key `{}` is omitted", field.key);
    let error = Diagnostic::error(Code::MissingKey, field.key_span, message);
    error.label("no branch of its choice applies in this variant").help("add `else:`")
}
