//! Labels that tell where the image comes from.

use std::collections::BTreeMap;

use crate::expr::builtins::git::Vcs;
use crate::schema::keys::PROVENANCE;
use crate::variant::concrete::ConcreteValue;

/// What all these labels begin with (OCI image spec, annotations.md).
pub const OCI_LABELS: &str = "org.opencontainers.image.";

/// The labels that tell where the image comes from, as far as that is known before anything is resolved: by their names without
/// [`OCI_LABELS`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The labels.
    pub labels: BTreeMap<String, String>,
}

impl Provenance {
    /// Those that the file states, over those of the vcs. Nothing where the file wants none.
    pub(super) fn new(data: &ConcreteValue, vcs: &Vcs, tag: Option<&str>) -> Option<Self> {
        if data.text("labels").as_deref() == Some("none") {
            return None;
        }
        let known =
            [("revision", vcs.revision.as_deref()), ("source", vcs.source.as_deref()), ("ref.name", tag)];
        let known = known.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())));
        let mut labels: BTreeMap<String, String> = known.collect();
        let names = PROVENANCE.keys.iter().map(|key| key.name).filter(|name| *name != "labels");
        labels.extend(names.filter_map(|name| Some((name.to_owned(), data.text(name)?))));
        Some(Self { labels })
    }
}
