//! Reduces the build context and named contexts to the paths that steps read, so that the client sends only these.

use std::collections::BTreeSet;

use buildkit_llb::{Graph, LocalSource, Metadata, Output};
use varve_spec::plan::{Base, Origin, Step};
use varve_spec::{ImageName, Plan, set_of};

use super::client::CONTEXT;
use crate::util::paths::clean_path;

/// Returns the sorted paths of the context that the steps of plans read. The list is `["."]` if a step reads the whole context, and
/// empty if no step reads it.
pub fn context_paths<'p>(plans: impl IntoIterator<Item = &'p Plan>) -> Vec<String> {
    paths(plans, |origin| *origin == Origin::Context)
}

/// Adds the context, which is a folder, to a graph. It is reduced to the paths that [`context_paths`] returns.
pub(crate) fn context_folder(folder: LocalSource, paths: Vec<String>, graph: &mut Graph) -> Option<Output> {
    let vertex = graph.add(LocalSource {
        follow: if paths == ["."] { Vec::new() } else { paths },
        shared_key: Some(CONTEXT.to_owned()),
        ..folder
    });
    graph.describe(vertex, Metadata::named("[internal] load build context"));
    graph.root(vertex)
}

/// The paths that steps read of an image, or of the named context that replaces it. Empty if all of it is needed.
pub(crate) fn image_paths(plans: &[&Plan], name: &ImageName) -> Vec<String> {
    let mut stages = plans.iter().flat_map(|plan| &plan.stages);
    if stages.any(|stage| matches!(&stage.base, Base::Image(base) if base == name)) {
        return Vec::new();
    }
    let plans = plans.iter().copied();
    let paths = paths(plans, |origin| matches!(origin, Origin::Image(image) if image.reference == *name));
    if paths == ["."] { Vec::new() } else { paths }
}

fn paths<'p>(plans: impl IntoIterator<Item = &'p Plan>, reads: impl Fn(&Origin) -> bool) -> Vec<String> {
    let plans = plans.into_iter();
    let origins = plans.flat_map(|plan| plan.steps().flat_map(Step::origins));
    let read = origins.filter(|(origin, _)| reads(origin)).flat_map(|(_, paths)| paths);
    let paths: BTreeSet<String> = set_of(read.map(in_context));
    if paths.contains(".") { vec![".".to_owned()] } else { paths.into_iter().collect() }
}

/// Returns a path relative to the root of the context. As in a Dockerfile, `..` does not lead out of the context.
fn in_context(path: &str) -> String {
    let inside = clean_path(&format!("/{path}"));
    if inside == "/" { ".".to_owned() } else { inside[1..].to_owned() }
}
