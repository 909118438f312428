//! Provenance labels, which say where the image comes from.

use std::collections::BTreeMap;

use crate::base::sorted::map_of;
use crate::expr::builtins::git::Vcs;
use crate::schema::keys::PROVENANCE;
use crate::variant::concrete::ConcreteValue;

/// The common prefix of the names of these labels (OCI image spec, annotations.md).
pub const OCI_LABELS: &str = "org.opencontainers.image.";

/// The provenance labels that are known before references are resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The labels. Their names lack the prefix [`OCI_LABELS`].
    pub labels: BTreeMap<String, String>,
}

impl Provenance {
    /// The labels from the build file, and those about the repository and the tag that the build file does not set. `None` if the
    /// build file turns labels off.
    pub(super) fn new(data: &ConcreteValue, vcs: &Vcs, tag: Option<&str>) -> Option<Self> {
        if data.text("labels").as_deref() == Some("none") {
            return None;
        }
        let known =
            [("revision", vcs.revision.as_deref()), ("source", vcs.source.as_deref()), ("ref.name", tag)];
        let known = known.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())));
        let mut labels: BTreeMap<String, String> = map_of(known);
        let names = PROVENANCE.keys.iter().map(|key| key.name).filter(|name| *name != "labels");
        labels.extend(names.filter_map(|name| Some((name.to_owned(), data.text(name)?))));
        Some(Self { labels })
    }
}
