//! Reports operations that the daemon does not support, at their steps, all together and before anything is built.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Capabilities, Position, Range, SourceRange, Status};
use buildkit_llb::{Graph, Location, Output};
use varve_spec::{SourceId, Sources};

use crate::util::report;

/// Checks that the daemon supports all operations that outputs are built from.
///
/// # Errors
/// The capabilities that the daemon lacks, each with a step that needs it, and excerpts for the first few.
pub(crate) fn check(
    graph: &Graph,
    outputs: &[Option<Output>],
    capabilities: &Capabilities,
    sources: &Sources,
) -> Result<(), Status> {
    let mut needs = BTreeMap::new();
    for output in outputs {
        for (capability, vertices) in graph.capabilities(*output) {
            if !capabilities.llb.has(capability.id()) {
                needs.entry(capability).or_insert_with(BTreeSet::new).extend(vertices);
            }
        }
    }
    let mut lines = Vec::new();
    let mut places: Vec<&Location> = Vec::new();
    for (capability, vertices) in needs {
        let Some(vertex) = vertices.into_iter().next() else { continue };
        let name = graph.metadata(vertex).name.clone().unwrap_or_default();
        let problem = match capabilities.llb.require(capability.id()) {
            Err(missing) if missing.disabled.is_some() => missing.to_string(),
            _ => format!("this step requires BuildKit {} or later ({})", capability.since(), capability.id()),
        };
        lines.push(format!("{name}: {problem}"));
        let new = graph.locations(vertex).iter().filter(|place| !places.contains(place));
        places.extend(new.collect::<Vec<_>>());
    }
    let message = match lines.as_slice() {
        [] => return Ok(()),
        [line] => line.clone(),
        lines => format!(
            "this builder does not support {} operations of the build:\n{}",
            lines.len(),
            lines.join("\n")
        ),
    };
    let places = places.into_iter().filter_map(|place| range(place, sources)).take(report::MOST_EXCERPTS);
    Err(places.fold(Status::user(message), |status, place| status.at(&place)))
}

/// A place in a file of the family. `None` for a place in a Dockerfile.
fn range(place: &Location, sources: &Sources) -> Option<SourceRange> {
    let id = SourceId(u16::try_from(place.source).ok()?);
    sources.ids().find(|known| *known == id)?;
    let position =
        |at: buildkit_llb::Position| Position { line: at.line as i32, character: at.character as i32 };
    let ranges =
        place.ranges.iter().map(|range| Range { start: position(range.start), end: position(range.end) });
    Some(SourceRange { file: report::file(sources, id), ranges: ranges.collect() })
}
