//! `layers`: step lists built side by side from the same file system, and merged.

use super::build::Planner;
use super::step::{Action, Step};
use crate::data::Data;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// One of several step lists that know nothing of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its steps. What they set for later steps ends with the layer, but for the environment.
    pub steps: Vec<Step>,
}

pub(super) fn layers(value: &Data, planner: &mut Planner<'_, '_>) -> Option<Action> {
    let mut layers = Vec::new();
    let mut with_packages: Option<(&str, Span)> = None;
    for field in value.fields() {
        let packages = field.value.items().iter().find(|item| uses_package_manager(item));
        match (packages, with_packages) {
            (Some(item), Some((first, at))) => {
                let message = format!("the layers `{first}` and `{}` both install packages", field.key);
                let error = Diagnostic::error(Code::PackageSiblings, item.span, message);
                let error = error.label("each would lose the other's records of what is installed");
                planner.found.push(
                    error.related(at, "the first").help("put all packages into one step before the layers"),
                );
            }
            (Some(item), None) => with_packages = Some((&field.key, item.span)),
            (None, _) => {}
        }
        let steps = planner.steps(Some(&field.value));
        layers.push(Layer { name: field.key.to_string(), span: field.key_span, steps });
    }
    if layers.is_empty() {
        planner.found.push(Diagnostic::error(Code::BadValue, value.span, "no layers"));
        return None;
    }
    Some(Action::Layers(layers))
}

fn uses_package_manager(item: &Data) -> bool {
    item.form().is_some_and(|form| form.key.name == "packages")
}
