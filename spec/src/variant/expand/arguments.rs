//! The arguments of a use of a stage or fragment: what `with` gives, and defaults for the rest.

use std::collections::BTreeMap;

use super::{keep, value};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::suggest::did_you_mean;
use crate::base::value::Value;
use crate::family::Parameter;
use crate::family::reader::shortened;
use crate::family::template::Template;
use crate::variant::scope::Bindings;
use crate::variant::trace::{self, Dependencies};

/// The values of parameters by name, each with its dependencies.
pub(crate) type Arguments<'f> = BTreeMap<&'f str, Argument>;

/// The value of a parameter, with its dependencies.
pub(crate) type Argument = (Value, Dependencies);

/// What is used: a stage or a fragment.
pub(crate) struct Callee<'f> {
    pub(crate) name: &'f str,
    pub(crate) parameters: &'f [Parameter],
}

/// The arguments in `with`.
pub(crate) struct Given<'g> {
    /// The names, each with its place and the place of the value.
    pub(crate) names: Vec<(&'g str, Span, Span)>,
    /// Computes the value of the argument at this index. `None` if it has a mistake, which is reported.
    pub(crate) value: &'g dyn Fn(usize, &mut Vec<Diagnostic>) -> Option<Argument>,
}

/// The values of all parameters, from `given` or from their defaults, which are computed with `defaults`. Mistakes are added to
/// `found`. `missing` makes the error for parameters without a value.
pub(crate) fn arguments<'f>(
    callee: &Callee<'f>,
    given: &Given<'_>,
    defaults: &dyn Bindings,
    missing: &dyn Fn(&[&'f Parameter]) -> Diagnostic,
    found: &mut Vec<Diagnostic>,
) -> Arguments<'f> {
    let known = callee.parameters.iter().map(|parameter| parameter.name.as_str());
    for (name, span, _) in &given.names {
        if !known.clone().any(|known| known == *name) {
            found.push(unknown(callee, name, *span).help_if(did_you_mean(name, known.clone())));
        }
    }
    let mut values = BTreeMap::new();
    let mut without = Vec::new();
    for parameter in callee.parameters {
        let index = given.names.iter().position(|(name, ..)| *name == parameter.name);
        let value = match (index, &parameter.default) {
            (Some(index), _) => {
                let value = (given.value)(index, found);
                value.and_then(|value| keep(typed(parameter, value, given.names[index].2), found))
            }
            (None, Some(default)) => {
                let value = keep(trace::reading(defaults, || value(default, defaults)), found);
                value.and_then(|value| keep(typed(parameter, value, default.span()), found))
            }
            (None, None) => {
                without.push(parameter);
                None
            }
        };
        if let Some(value) = value {
            values.insert(parameter.name.as_str(), value);
        }
    }
    if !without.is_empty() {
        found.push(missing(&without));
    }
    values
}

/// The value as one of the type of its parameter.
fn typed(
    parameter: &Parameter,
    (value, reads): (Value, Dependencies),
    at: Span,
) -> Result<(Value, Dependencies), Box<Diagnostic>> {
    let shown = match value.as_text() {
        Some(text) => format!("`{}`", shortened(text)),
        None => value.noun().to_owned(),
    };
    let typed = parameter.value(value).map_err(|expected| {
        let message = format!("the parameter `{}` is {shown}", parameter.name);
        Diagnostic::error(Code::BadArg, at, message).label(expected).related(parameter.span, "the parameter")
    })?;
    Ok((typed, reads))
}

/// The value of a parameter, computed from an argument or its default. `None` if it cannot be computed with these names.
pub(crate) fn known(parameter: &Parameter, template: &Template, names: &dyn Bindings) -> Option<Value> {
    parameter.value(value(template, names).ok()?).ok()
}

fn unknown(callee: &Callee<'_>, name: &str, span: Span) -> Diagnostic {
    let message = match callee.parameters {
        [] => format!("`{}` has no parameters", callee.name),
        _ => format!("`{}` has no parameter `{name}`", callee.name),
    };
    Diagnostic::error(Code::UnknownKey, span, message)
}

/// The error for parameters that have no default and that a use does not give. `form` is the use with an argument for each of them.
pub(crate) fn missing(
    callee: &Callee<'_>,
    parameters: &[&Parameter],
    span: Span,
    form: &dyn Fn(&str) -> String,
) -> Diagnostic {
    let names: Vec<String> = parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    let plural = if names.len() > 1 { "s" } else { "" };
    let message = format!("`{}` needs the parameter{plural} {}", callee.name, names.join(", "));
    let with: Vec<String> = parameters.iter().map(|parameter| format!("{}: VALUE", parameter.name)).collect();
    let mut error = Diagnostic::error(Code::MissingKey, span, message);
    for parameter in parameters {
        error = error.related(parameter.span, "the parameter");
    }
    error.help(form(&with.join(", ")))
}
