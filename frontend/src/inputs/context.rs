//! The build context: which of its paths the steps read, and the one source that sends them.

use std::collections::BTreeSet;

use varve_spec::Plan;
use varve_spec::plan::{Base, Origin, Step};

use crate::util::paths::clean_path;

/// The paths of the context that the steps of plans read, sorted; `.` alone when one of them reads everything, and nothing
/// when no step reads the context.
pub fn context_paths<'p>(plans: impl IntoIterator<Item = &'p Plan>) -> Vec<String> {
    paths(plans, |origin| *origin == Origin::Context)
}

/// The paths of an image, or of what stands in its place, that steps read, for a transfer; nothing when all of it is needed.
pub(crate) fn image_paths(plans: &[Plan], reference: &str) -> Vec<String> {
    let mut stages = plans.iter().flat_map(|plan| &plan.stages);
    if stages.any(|stage| matches!(&stage.base, Base::Image(base) if base == reference)) {
        return Vec::new();
    }
    let paths = paths(plans, |origin| matches!(origin, Origin::Image(image) if image.reference == reference));
    if paths == ["."] { Vec::new() } else { paths }
}

fn paths<'p>(plans: impl IntoIterator<Item = &'p Plan>, of: impl Fn(&Origin) -> bool) -> Vec<String> {
    let plans = plans.into_iter();
    let origins = plans.flat_map(|plan| plan.steps().flat_map(Step::origins));
    let read = origins.filter(|(origin, _)| of(origin)).flat_map(|(_, paths)| paths);
    let paths: BTreeSet<String> = read.map(in_context).collect();
    if paths.contains(".") { vec![".".to_owned()] } else { paths.into_iter().collect() }
}

/// A path inside the context: what leads out of it stays at its root, as in a Dockerfile.
fn in_context(path: &str) -> String {
    let inside = clean_path(&format!("/{path}"));
    if inside == "/" { ".".to_owned() } else { inside[1..].to_owned() }
}
