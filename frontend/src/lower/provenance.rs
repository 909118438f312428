//! Labels that tell where the image comes from (OCI image spec, annotations.md): what the file states and what the build found.

use varve_spec::Pinned;
use varve_spec::plan::{OCI_LABELS, Provenance};

use super::Lowering;
use crate::config::Config;

impl Lowering<'_, '_> {
    /// Puts the labels of the image in the place of those that its base has of itself.
    pub(super) fn provenance(&self, config: &mut Config, base: Option<&Pinned>) {
        let Some(Provenance { labels }) = self.provenance else { return };
        let created = self.facts.settings.epoch.map(|epoch| ("created", epoch.rfc3339()));
        let base = base.map(|base| [("base.name", base.name.clone()), ("base.digest", base.digest.clone())]);
        let found = created.into_iter().chain(base.into_iter().flatten());
        let found = found.map(|(name, text)| (name.to_owned(), text));
        let all = found.chain(labels.clone()).map(|(name, text)| (format!("{OCI_LABELS}{name}"), text));
        config.remove_labels(OCI_LABELS);
        config.labels(all);
    }
}
