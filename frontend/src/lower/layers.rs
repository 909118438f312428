//! Lowers combined file systems: layers that are merged, and a stage that is flattened into one layer.

use buildkit_llb::{Copy, File};
use varve_spec::plan::{Action, Layer, Step};

use super::{Lowerer, StageInfo, State};

impl Lowerer<'_, '_> {
    /// Builds all layers from the same file system and merges their changes. If the daemon cannot merge, it builds the layers one
    /// after the other, which gives the same file system.
    pub(super) fn layers(
        &mut self,
        info: &StageInfo<'_>,
        number: &mut usize,
        step: &Step,
        layers: &[Layer],
        state: &mut State,
    ) {
        let before = state.clone();
        let mut parts = vec![before.root];
        for layer in layers {
            let mut inner = before.clone();
            if !self.inputs.merge {
                inner.root = state.root;
            }
            self.steps(info, number, &layer.steps, &mut inner);
            state.config.adopt_history(&before.config, &inner.config);
            for inner_step in &layer.steps {
                if let Action::Env(changes) = &inner_step.action {
                    self.change_env(inner_step, changes, &mut state.config.env);
                }
            }
            if self.inputs.merge {
                let part = self.graph.diff(before.root, inner.root);
                if let Some(part) = part.filter(|_| before.root.is_some()) {
                    let name = format!("[{}] layer {}", self.prefix(info.stage), layer.name);
                    self.graph.describe(part.vertex, info.metadata(name));
                    self.locate(part.vertex, layer.span);
                }
                parts.push(part);
            } else {
                state.root = inner.root;
            }
        }
        *number += 1;
        if self.inputs.merge {
            state.root = self.graph.merge(&parts);
            if let Some(merged) = state.root.filter(|root| !parts.contains(&Some(*root))) {
                let label = step.name.clone().unwrap_or_else(|| super::name::of_step(&step.action));
                self.graph.describe(merged.vertex, info.metadata(self.named(info, *number, &label)));
                self.locate(merged.vertex, step.span);
            }
        }
    }

    /// Copies the whole file system into one layer. The configuration does not change.
    pub(super) fn flatten(&mut self, info: &StageInfo<'_>, state: &mut State) {
        let Some(root) = state.root else { return };
        let copy = Copy { contents_only: true, create_dest_path: true, ..Copy::new(Some(root), "/", "/") };
        let vertex = self.graph.add(File::new(None, copy));
        let name = format!("[{}] flatten", self.prefix(info.stage));
        self.graph.describe(vertex, info.metadata(name));
        self.locate(vertex, info.stage.span);
        state.root = self.graph.root(vertex);
        state.config.flatten_history();
        state.base_config = None;
    }
}
