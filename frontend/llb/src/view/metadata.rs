//! Summarises the metadata of operations.

use buildkit_proto::pb;

use super::summary::Summary;
use super::text::word;
use crate::{Capability, Release};

/// The oldest supported release. Only capabilities of newer releases are shown.
const OLDEST: Release = Release { major: 0, minor: 8 };

pub(super) fn fill(summary: &mut Summary, definition: &pb::Definition, digest: &str) {
    if let Some(metadata) = definition.metadata.get(digest) {
        summary.name = metadata.description.get("llb.customname").cloned();
        for (key, text) in &metadata.description {
            if key != "llb.customname" {
                summary.fields.push(format!("description {} {}", word(key), word(text)));
            }
        }
        if metadata.ignore_cache {
            summary.fields.push("ignore-cache".into());
        }
        match metadata.export_cache {
            None => {}
            Some(pb::ExportCache { value: true }) => summary.fields.push("export-cache always".into()),
            Some(pb::ExportCache { value: false }) => summary.fields.push("export-cache never".into()),
        }
        if let Some(group) = &metadata.progress_group {
            let weak = if group.weak { " weak" } else { "" };
            summary.fields.push(format!("group {} {}{weak}", word(&group.id), word(&group.name)));
        }
        for id in metadata.caps.iter().filter_map(|(id, needed)| needed.then_some(id)) {
            match Capability::from_id(id).map(Capability::since) {
                Some(since) if since > OLDEST => {
                    summary.fields.push(format!("needs {id} (BuildKit {since})"))
                }
                _ => {}
            }
        }
    }
    let Some(source) = &definition.source else { return };
    for location in source.locations.get(digest).iter().flat_map(|locations| &locations.locations) {
        let info = usize::try_from(location.source_index).ok().and_then(|index| source.infos.get(index));
        let file = info.map_or("unknown file".into(), |info| word(&info.filename));
        let ranges: Vec<_> = location.ranges.iter().map(lines).collect();
        summary.fields.push(format!("at {file}:{}", ranges.join(",")));
    }
}

/// Describes a range by its lines: `3`, or `3-5`.
fn lines(range: &pb::Range) -> String {
    let line = |position: Option<pb::Position>| position.map_or(0, |position| position.line);
    match (line(range.start), line(range.end)) {
        (start, end) if start == end => start.to_string(),
        (start, end) => format!("{start}-{end}"),
    }
}
