//! The build context: which of its paths the steps read, and the one source that sends them.

use std::collections::BTreeSet;

use varve_spec::Plan;
use varve_spec::plan::{Action, MountKind, Origin};

use crate::ignore::clean_path;

/// The paths of the context that the steps of a plan read, sorted; `.` alone when one of them reads everything, and nothing
/// when no step reads the context.
pub fn context_paths<'p>(plans: impl IntoIterator<Item = &'p Plan>) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for plan in plans {
        for step in plan.stages.iter().flat_map(|stage| &stage.steps) {
            match &step.action {
                Action::Copy(copy) if copy.from == Origin::Context => {
                    paths.extend(copy.sources.iter().map(|source| in_context(source)));
                }
                Action::Run(process) => {
                    for mount in &process.mounts {
                        if let MountKind::Bind { from: Origin::Context, source, .. } = &mount.kind {
                            paths.insert(in_context(source.as_deref().unwrap_or(".")));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    if paths.contains(".") { vec![".".to_owned()] } else { paths.into_iter().collect() }
}

/// A path inside the context: what leads out of it stays at its root, as in a Dockerfile.
fn in_context(path: &str) -> String {
    let inside = clean_path(&format!("/{path}"));
    if inside == "/" { ".".to_owned() } else { inside[1..].to_owned() }
}
