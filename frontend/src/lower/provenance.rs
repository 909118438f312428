//! Sets labels that state where the image comes from (OCI image spec, `annotations.md`). Some are in the build file. The build
//! resolves the others: the time, and the name and digest of the base.

use varve_spec::Pinned;
use varve_spec::plan::{OCI_LABELS, Provenance};

use super::Lowerer;
use crate::image_config::config::Config;
use crate::request::epoch::Epoch;

impl Lowerer<'_, '_> {
    /// Replaces the labels that the base has about itself by those of the image.
    pub(super) fn provenance(&self, config: &mut Config, base: Option<&Pinned>) {
        let Some(provenance) = self.provenance else { return };
        config.remove_labels(OCI_LABELS);
        config.labels(labels(provenance, self.inputs.settings.epoch, base));
    }
}

/// Returns all provenance labels of an image. A label of the build file takes precedence over one that the build resolves.
pub(crate) fn labels(
    provenance: &Provenance,
    epoch: Option<Epoch>,
    base: Option<&Pinned>,
) -> Vec<(String, String)> {
    let created = epoch.map(|epoch| ("created", epoch.rfc3339()));
    let base = base.map(|base| [("base.name", base.name.clone()), ("base.digest", base.digest.clone())]);
    let known = created.into_iter().chain(base.into_iter().flatten());
    let known = known.map(|(name, text)| (name.to_owned(), text));
    let stated = provenance.labels.iter().map(|(name, text)| (name.clone(), text.clone()));
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, text) in known.chain(stated) {
        let name = format!("{OCI_LABELS}{name}");
        all.retain(|(other, _)| *other != name);
        all.push((name, text));
    }
    all
}
