//! Lowers combined file systems: layers that are merged, and a stage that is flattened into one layer.

use buildkit_llb::{Access, Bind, Copy, File, Mount, Output};
use varve_rootfs::{JoinRequest, Rest};
use varve_spec::packages::join;
use varve_spec::plan::{Action, Layers, Step};

use super::rootfs_program::ROOT;
use super::{Lowerer, StageInfo, State};

/// Where the program sees the file system after the steps of a stage.
const STEPS: &str = "/steps";

impl Lowerer<'_, '_> {
    /// Builds all layers from the same file system and merges their changes. If the daemon cannot merge, it builds the layers one
    /// after the other, which gives the same file system.
    pub(super) fn layers(
        &mut self,
        info: &StageInfo<'_>,
        number: &mut usize,
        step: &Step,
        layers: &Layers,
        state: &mut State,
    ) {
        let before = state.clone();
        let (mut parts, mut after) = (vec![before.root], Vec::new());
        for layer in &layers.layers {
            let mut inner = before.clone();
            inner.has_siblings |= self.inputs.merge && layers.share_records();
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
            after.push(inner.root);
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
        if layers.need_join() {
            *number += 1;
            let joined = self.joined(info, step, layers, (before.root, &after), state);
            if let Some(joined) = joined {
                let name = self.named(info, *number, &format!("join {}", super::name::of_step(&step.action)));
                self.finish_operation(info, step, joined, name, state);
            }
        }
    }

    /// Adds the operation that joins what several layers changed, and returns the file system after it. `None` after an error. It runs in the
    /// image, whose programs make files anew that depend on all layers.
    fn joined(
        &mut self,
        info: &StageInfo<'_>,
        step: &Step,
        layers: &Layers,
        (before, after): (Option<Output>, &[Option<Output>]),
        state: &State,
    ) -> Option<Output> {
        // Without layers that install, the package manager need not be known.
        let manager = match layers.share_records() {
            true => Some(self.required_distribution(info, step, state)?.manager),
            false => state.distribution.as_ref().map(|distribution| distribution.manager),
        };
        let mistakes = manager.map(|manager| join::mistakes(layers, manager)).unwrap_or_default();
        if !mistakes.is_empty() {
            self.diagnostics.extend(mistakes);
            return None;
        }
        let manager = manager.filter(|manager| join::can_join(*manager));
        let rest = match manager {
            _ if !self.inputs.merge => Rest::Done,
            Some(_) => Rest::Join,
            None => Rest::Nothing,
        };
        let program = self.program_for(step.span, "join the layers", "joins them")?;
        let path = |name: &str| format!("{}/{name}", join::LAYERS);
        let request = JoinRequest {
            before: join::BEFORE.to_owned(),
            layers: layers.layers.iter().map(|layer| path(&layer.name)).collect(),
            out: join::OUT.to_owned(),
            rest,
            prefer: layers.prefer.clone(),
        };
        let mut words = [join::PROGRAM, varve_rootfs::JOIN, "/"].map(str::to_owned).to_vec();
        words.extend(varve_rootfs::join_args(&request));
        let process = join::process(manager.filter(|_| rest == Rest::Join), &words);
        let mut exec = self.exec_of_script(info, step, &process, state, "join");
        exec.mounts.push(program.mount(join::PROGRAM));
        exec.mounts.push(Mount::bind(join::BEFORE, program.whole(before)));
        for (layer, root) in layers.layers.iter().zip(after) {
            exec.mounts.push(Mount::bind(path(&layer.name), program.whole(*root)));
        }
        exec.mounts.push(Mount::tmpfs(join::OUT, 0));
        self.check_together(step.span, &exec);
        let vertex = self.graph.add(exec);
        self.graph.root(vertex)
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
        state.config.flatten_history(None);
        state.base_config = None;
    }

    /// Makes one layer of what the steps changed. `before` is the state of the stage before its steps.
    pub(super) fn flatten_own(&mut self, info: &StageInfo<'_>, before: &State, state: &mut State) {
        if state.root == before.root {
            return;
        }
        let span = info.stage.span;
        let Some(program) =
            self.program_for(span, "flatten the steps of the stage", "makes one layer of them")
        else {
            return;
        };
        let mounts = vec![
            Mount::bind(ROOT, Bind { source: before.root, access: Access::Output, ..Bind::default() }),
            Mount::bind(STEPS, program.whole(state.root)),
        ];
        let words = [varve_rootfs::FLATTEN, ROOT, STEPS].map(str::to_owned).to_vec();
        let flat = self.run_program(&program, words, mounts, (ROOT, span));
        let name = format!("[{}] flatten", self.prefix(info.stage));
        self.graph.describe(flat.vertex, info.metadata(name));
        self.locate(flat.vertex, span);
        state.root = Some(flat);
        state.config.flatten_history(Some(&before.config));
    }
}
