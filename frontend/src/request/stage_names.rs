//! Options of the client that name stages, and warnings about names that are probably misspelled.

use std::collections::BTreeSet;

use buildkit_gateway::{NoCache, Options, parse_bool};
use varve_spec::{Diagnostic, Family, Plan, set_of};

/// The build argument that names stages for the SBOM.
pub(crate) const SBOM_STAGES: &str = "BUILDKIT_SBOM_SCAN_STAGE";

/// The warnings about names in `--no-cache-filter`, `--build-context` and the stages of the SBOM that are no stage and no target, but
/// similar to one. The name of an image that a plan uses is not reported. Such an option has no effect, and the builder does not
/// report it.
pub(crate) fn misspelled(options: &Options, family: &Family, plans: &[&Plan]) -> Vec<Diagnostic> {
    let images = plans.iter().flat_map(|plan| plan.images());
    let images: BTreeSet<&str> = set_of(images.map(|(image, ..)| image.context()));
    let no_cache: &[String] = match &options.no_cache {
        NoCache::Stages(names) => names,
        NoCache::Nowhere | NoCache::Everywhere => &[],
    };
    let no_cache = no_cache.iter().map(|name| ("--no-cache-filter", name.as_str()));
    let sbom = options.build_args.get(SBOM_STAGES).map_or("", String::as_str);
    let sbom = if parse_bool(sbom).is_some() { "" } else { sbom };
    let sbom = sbom.split(',').map(|name| (SBOM_STAGES, name.trim()));
    // The name of a context can end with the platform that it is for.
    let contexts = options.named_contexts.keys();
    let contexts = contexts.map(|name| ("--build-context", name.split("::").next().unwrap_or(name)));
    let contexts = contexts.filter(|(_, name)| !images.contains(name));
    no_cache
        .chain(sbom)
        .chain(contexts)
        .filter_map(|(option, name)| family.misspelled_stage(option, name))
        .collect()
}
