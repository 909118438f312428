//! The build context, reduced to the paths that steps read, so that the client sends only these. The same for named contexts.

use std::collections::BTreeSet;

use buildkit_llb::{Graph, LocalSource, Metadata, Output};
use varve_spec::plan::{Base, Origin, Step};
use varve_spec::{ImageName, Plan};

use super::client::CONTEXT;
use crate::util::paths::clean_path;

/// The paths of the context that the steps of plans read, sorted: `["."]` if a step reads the whole context, and nothing if no
/// step reads it.
pub fn context_paths<'p>(plans: impl IntoIterator<Item = &'p Plan>) -> Vec<String> {
    paths(plans, |origin| *origin == Origin::Context)
}

/// Adds the folder that is the context to a graph, reduced to the paths that [`context_paths`] gives.
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
    let paths: BTreeSet<String> = read.map(in_context).collect();
    if paths.contains(".") { vec![".".to_owned()] } else { paths.into_iter().collect() }
}

/// A path relative to the root of the context. A path that leads out of the context is cut off at the root, as in a Dockerfile.
fn in_context(path: &str) -> String {
    let inside = clean_path(&format!("/{path}"));
    if inside == "/" { ".".to_owned() } else { inside[1..].to_owned() }
}
