//! Expands a step `use` to the steps of its fragment.

use super::arguments::{self, Callee, Given, arguments};
use super::{expand_item, keep, text, value};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::defined_names;
use crate::family::Parameter;
use crate::family::template::{Field, Template};
use crate::schema::shapes::{MapKind, Shape};
use crate::variant::budget::too_much;
use crate::variant::concrete::ConcreteValue;
use crate::variant::locals::Locals;
use crate::variant::scope::{Bindings, Parameters};
use crate::variant::trace::{self, Frame};

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
    let callee = Callee { name: &fragment.name, parameters: &fragment.parameters };
    let value = |index: usize, found: &mut Vec<Diagnostic>| {
        keep(trace::reading(names, || value(&given[index].value, names)), found)
    };
    let given_names =
        given.iter().map(|field| (field.key.as_ref(), field.key_span, field.value.span())).collect();
    let form = |with: &str| format!("add `with: {{{with}}}`");
    let missing = |parameters: &[&Parameter]| arguments::missing(&callee, parameters, span, &form);
    let given = Given { names: given_names, value: &value };
    let values = arguments(&callee, &given, names.globals(), &missing, found);
    if found.len() == before {
        let names = Parameters { locals: Locals::new(values, &fragment.vars), used_in: names };
        let frame = || Frame::Fragment { name: fragment.name.clone(), span };
        trace::within(&names, frame, || expand_item(&fragment.steps, shape, &names, found, into));
    }
}
