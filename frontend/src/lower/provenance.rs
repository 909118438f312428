//! Labels that tell where the image comes from (OCI image spec, annotations.md): what the file states and what the build found.

use varve_spec::Pinned;
use varve_spec::plan::{OCI_LABELS, Provenance};

use super::Lowerer;
use crate::image_config::config::Config;
use crate::request::epoch::Epoch;

impl Lowerer<'_, '_> {
    /// Puts the labels of the image in the place of those that its base has of itself.
    pub(super) fn provenance(&self, config: &mut Config, base: Option<&Pinned>) {
        let Some(provenance) = self.provenance else { return };
        config.remove_labels(OCI_LABELS);
        config.labels(labels(provenance, self.facts.settings.epoch, base));
    }
}

/// All these labels of an image.
pub(crate) fn labels(
    provenance: &Provenance,
    epoch: Option<Epoch>,
    base: Option<&Pinned>,
) -> Vec<(String, String)> {
    let created = epoch.map(|epoch| ("created", epoch.rfc3339()));
    let base = base.map(|base| [("base.name", base.name.clone()), ("base.digest", base.digest.clone())]);
    let found = created.into_iter().chain(base.into_iter().flatten());
    let found = found.map(|(name, text)| (name.to_owned(), text));
    let stated = provenance.labels.iter().map(|(name, text)| (name.clone(), text.clone()));
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, text) in found.chain(stated) {
        let name = format!("{OCI_LABELS}{name}");
        all.retain(|(other, _)| *other != name);
        all.push((name, text));
    }
    all
}
