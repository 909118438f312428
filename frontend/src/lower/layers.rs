//! File systems put together: layers side by side, and a stage as one layer.

use buildkit_llb::{Copy, File};
use varve_spec::plan::{Action, Layer, Step};

use super::{Lowerer, Place, State};
use crate::image_config::config::change_env;

impl Lowerer<'_, '_> {
    /// Builds each layer from the same file system, and lays what it changed over the others. Without the means to merge, one
    /// layer is built after the other, which gives the same tree.
    pub(super) fn layers(
        &mut self,
        place: &Place<'_>,
        number: &mut usize,
        step: &Step,
        layers: &[Layer],
        state: &mut State,
    ) {
        let before = state.clone();
        let mut parts = vec![before.root];
        for layer in layers {
            let mut inner = before.clone();
            if !self.facts.merge {
                inner.root = state.root;
            }
            self.steps(place, number, &layer.steps, &mut inner);
            state.config.adopt_history(&before.config, &inner.config);
            for step in &layer.steps {
                if let Action::Env(changes) = &step.action {
                    change_env(&mut state.config.env, changes);
                }
            }
            if self.facts.merge {
                let part = self.graph.diff(before.root, inner.root);
                if let Some(part) = part.filter(|_| before.root.is_some()) {
                    let name = format!("[{}] layer {}", self.prefix(place.stage), layer.name);
                    self.graph.describe(part.vertex, place.metadata(name));
                    self.locate(part.vertex, layer.span);
                }
                parts.push(part);
            } else {
                state.root = inner.root;
            }
        }
        *number += 1;
        if self.facts.merge {
            state.root = self.graph.merge(&parts);
            if let Some(merged) = state.root.filter(|root| !parts.contains(&Some(*root))) {
                let label = step.name.clone().unwrap_or_else(|| super::name::of_step(&step.action));
                self.graph.describe(merged.vertex, place.metadata(self.named(place, *number, &label)));
                self.locate(merged.vertex, step.span);
            }
        }
    }

    /// Makes one layer of the whole file system. The configuration stays.
    pub(super) fn flatten(&mut self, place: &Place<'_>, state: &mut State) {
        let Some(root) = state.root else { return };
        let copy = Copy { contents_only: true, create_dest_path: true, ..Copy::new(Some(root), "/", "/") };
        let vertex = self.graph.add(File::new(None, copy));
        let name = format!("[{}] flatten", self.prefix(place.stage));
        self.graph.describe(vertex, place.metadata(name));
        self.locate(vertex, place.stage.span);
        state.root = self.graph.root(vertex);
        state.config.flatten_history();
        state.base = None;
    }
}
