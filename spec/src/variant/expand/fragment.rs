//! Expands a step `use` to the steps of its fragment.

use std::collections::BTreeMap;

use super::{expand_item, keep, text, value};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::{defined_names, did_you_mean};
use crate::base::value::Value;
use crate::family::Fragment;
use crate::family::template::{Field, Template};
use crate::schema::shapes::{MapKind, Shape};
use crate::variant::budget::too_much;
use crate::variant::concrete::ConcreteValue;
use crate::variant::scope::{Bindings, Parameters};
use crate::variant::trace::{self, Dependencies, Frame};

/// How deep fragments may use each other.
const MAX_DEPTH: usize = 32;

/// Adds the steps of a fragment to `into`. `fields` are the keys of the step `use`.
pub(super) fn expand_use(
    span: Span,
    (kind, fields): (MapKind, &[Field]),
    shape: Shape,
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
    into: &mut Vec<ConcreteValue>,
) {
    let field = |key: &str| {
        kind.assert_has(key);
        let field = fields.iter().find(|field| field.key.as_ref() == key)?;
        kind.note_read(key);
        Some(&field.value)
    };
    let Some(name) = field("use") else { return };
    let Some(text) = keep(text::of_template(name, names), found) else { return };
    let fragments = names.fragments();
    // The search takes time if there are thousands of fragments.
    if !names.charge_budget(fragments.len() / 256) {
        found.push(too_much(span));
        return;
    }
    let Some(fragment) = fragments.iter().find(|fragment| fragment.name == *text) else {
        let error =
            Diagnostic::error(Code::UnknownName, name.span(), format!("there is no fragment `{text}`"));
        let known = fragments.iter().map(|fragment| fragment.name.as_str());
        found.push(error.help(defined_names(&text, known, ("fragment", "fragments"))));
        return;
    };
    if names.depth() >= MAX_DEPTH {
        let error = Diagnostic::error(
            Code::FragmentCycle,
            span,
            format!("the fragment `{text}` uses itself, directly or through other fragments"),
        );
        found.push(error.related(fragment.span, "the fragment"));
        return;
    }
    let given = match field("with") {
        Some(Template::Map(_, _, fields)) => fields.as_slice(),
        _ => &[],
    };
    let before = found.len();
    let values = parameters(fragment, span, given, names, found);
    if found.len() == before {
        let names = Parameters { values, used_in: names };
        let frame = || Frame::Fragment { name: fragment.name.clone(), span };
        trace::within(&names, frame, || expand_item(&fragment.steps, shape, &names, found, into));
    }
}

/// The values of all parameters, from `with` or from their defaults.
fn parameters<'f>(
    fragment: &'f Fragment,
    span: Span,
    given: &[Field],
    names: &dyn Bindings,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<&'f str, (Value, Dependencies)> {
    let known = fragment.parameters.iter().map(|parameter| parameter.name.as_str());
    for field in given {
        if !known.clone().any(|known| known == field.key.as_ref()) {
            let message = format!("`{}` has no parameter `{}`", fragment.name, field.key);
            let error = Diagnostic::error(Code::UnknownKey, field.key_span, message);
            found.push(error.help_if(did_you_mean(&field.key, known.clone())));
        }
    }
    let mut values = BTreeMap::new();
    for parameter in &fragment.parameters {
        let given = given.iter().find(|field| field.key.as_ref() == parameter.name);
        let value = match (given, &parameter.default) {
            (Some(field), _) => keep(trace::reading(names, || value(&field.value, names)), found),
            (None, Some(default)) => keep(trace::reading(names, || value(default, names.globals())), found),
            (None, None) => {
                let message = format!("`{}` needs the parameter `{}`", fragment.name, parameter.name);
                let error = Diagnostic::error(Code::MissingKey, span, message);
                let error = error.related(parameter.span, "the parameter");
                found.push(error.help(format!("add `with: {{{}: VALUE}}`", parameter.name)));
                None
            }
        };
        values.extend(value.map(|value| (parameter.name.as_str(), value)));
    }
    values
}
