//! `layers`: lists of steps that are built in parallel from the same file system and then merged.

use super::{Action, Step};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::plan::build::Planner;
use crate::variant::concrete::ConcreteValue;

/// One of the lists of steps. They do not see the changes of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The steps. Settings that they make end with the layer, except for the environment.
    pub steps: Vec<Step>,
}

pub(super) fn layers(value: &ConcreteValue, planner: &mut Planner<'_, '_>) -> Option<Action> {
    let mut layers = Vec::new();
    let mut first: Option<(&str, Span)> = None;
    for field in value.fields() {
        let steps = planner.steps(field.value.items());
        match (records(&steps), first) {
            (Some(at), Some((name, before))) => {
                let message =
                    format!("the layers `{name}` and `{}` both install packages or add users", field.key);
                let error = Diagnostic::error(Code::PackageSiblings, at, message);
                let error =
                    error.label("the merged image would list the packages and users of only one of them");
                planner
                    .found
                    .push(error.related(before, "the first").help("move these steps before the layers"));
            }
            (Some(at), None) => first = Some((&field.key, at)),
            (None, _) => {}
        }
        layers.push(Layer { name: field.key.to_string(), span: field.key_span, steps });
    }
    if layers.is_empty() {
        planner.found.push(Diagnostic::error(Code::BadValue, value.span, "there are no layers"));
        return None;
    }
    Some(Action::Layers(layers))
}

/// The first step that changes files in which the distribution records all its packages or users.
fn records(steps: &[Step]) -> Option<Span> {
    steps.iter().find_map(|step| match &step.action {
        Action::Packages(_) | Action::Account(_) => Some(step.span),
        Action::Layers(layers) => layers.iter().find_map(|layer| records(&layer.steps)),
        _ => None,
    })
}
