//! The annotations of the index, which an image has if it is for several platforms or has attestations.

use std::collections::BTreeMap;

use buildkit_gateway::Options;
use varve_spec::{Code, Diagnostic, Plan};

use crate::lower::Lowered;

/// The annotations of the index of a build. If the result has no index, exporters refuse them (`exporter/containerimage/writer.go`), so
/// there are none, and `warnings` says so.
///
/// # Errors
/// Two platforms have different values of one annotation. An index is for all platforms.
pub(super) fn index_annotations(
    options: &Options,
    platforms: &[(&Plan, &Lowered)],
    warnings: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut errors = Vec::new();
    for (plan, lowered) in platforms {
        let Some(stage) = plan.stages.last() else { continue };
        for (name, value) in &lowered.index_annotations {
            let first = all.entry(name.clone()).or_insert_with(|| value.clone());
            if first != value {
                let message = format!("the platforms have different values of the index annotation `{name}`");
                let error = Diagnostic::error(Code::KeyConflict, stage.span, message);
                let error = error.label(format!("`{first}`, and `{value}` on {}", plan.platform));
                errors.push(error.help(
                    "an index is for all platforms: write it under `annotations`, which each platform has",
                ));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    // An empty image has no provenance.
    let is_empty = platforms.iter().all(|(_, lowered)| lowered.output.is_none());
    let is_attested = options.keeps_attestations && !is_empty;
    let has_index = options.multi_platform || platforms.len() > 1 || is_attested;
    if !has_index && let Some((name, _)) = all.first_key_value() {
        let span = platforms.iter().filter_map(|(plan, _)| plan.stages.last()).map(|stage| stage.span).next();
        let message = format!("the index annotation `{name}` is left out");
        let warning = Diagnostic::warning(Code::LeftOut, span.unwrap_or_default(), message);
        let label = "an image for one platform has no index, unless it has attestations";
        warnings.push(warning.label(label).help("build for several platforms, or add `--provenance=true`"));
        all.clear();
    }
    Ok(all)
}
