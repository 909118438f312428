//! `layers`: lists of steps that are built in parallel from the same file system and then merged.

use super::{Action, Step};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::family::prefer;
use crate::plan::build::Planner;
use crate::variant::concrete::ConcreteValue;

/// Lists of steps that are built in parallel.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    /// The lists, in the order of the file.
    pub layers: Vec<Layer>,
    /// Paths that several layers may change, each with the name of the layer whose version stays. A folder stands for all below it.
    pub prefer: Vec<(String, String)>,
}

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

impl Layers {
    /// Whether a step after the merge joins what several layers changed. The other steps of layers cannot change the same files.
    pub fn need_join(&self) -> bool {
        !self.prefer.is_empty() || self.share_records()
    }

    /// Whether several layers change files in which the distribution records all its packages or users.
    pub fn share_records(&self) -> bool {
        self.recording().len() > 1
    }

    /// The layers that change files in which the distribution records all its packages or users, each with the first step that does.
    pub(crate) fn recording(&self) -> Vec<(&Layer, Span)> {
        self.layers.iter().filter_map(|layer| Some((layer, records(&layer.steps)?))).collect()
    }
}

pub(super) fn layers(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Action> {
    let mut layers = Vec::new();
    for field in value.fields() {
        let steps = planner.steps(field.value.items());
        layers.push(Layer { name: field.key.to_string(), span: field.key_span, steps });
    }
    if layers.is_empty() {
        planner.found.push(Diagnostic::error(Code::BadValue, value.span, "there are no layers"));
        return None;
    }
    let mut preferred = Vec::new();
    for field in data.get("prefer").iter().flat_map(|prefer| prefer.fields()) {
        let name = field.value.as_text().unwrap_or_default();
        let names = layers.iter().map(|layer| layer.name.as_str());
        let (path, layer) = ((field.key.as_ref(), field.key_span), (name, field.value.span));
        planner.found.extend(prefer::mistakes(path, layer, names));
        preferred.push((field.key.to_string(), name.to_owned()));
    }
    Some(Action::Layers(Layers { layers, prefer: preferred }))
}

/// The first step that changes files in which the distribution records all its packages or users.
fn records(steps: &[Step]) -> Option<Span> {
    steps.iter().find_map(|step| match &step.action {
        Action::Packages(_) | Action::Account(_) => Some(step.span),
        Action::Layers(layers) => layers.recording().first().map(|(_, span)| *span),
        _ => None,
    })
}
