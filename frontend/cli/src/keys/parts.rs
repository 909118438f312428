//! What a variant is built from, part by part: for the question why a key has changed.

use std::collections::BTreeMap;
use std::rc::Rc;

use buildkit_llb::{Digest, Operation, Vertex};
use serde_json::{Value, json};
use varve_frontend::render::Built;

use super::canonical::Canonical;
use super::content::{Entries, Found};

/// What a variant is built from on a platform.
pub(crate) struct Parts {
    /// The platform, such as `linux/amd64`.
    pub(crate) platform: String,
    /// The operations, inputs first.
    pub(crate) operations: Vec<Part>,
    /// The configuration and the annotations of the image, the frontend, and the Dockerfiles that stages start from.
    pub(crate) image: Value,
}

/// An operation.
pub(crate) struct Part {
    /// The digest of the operation and of everything that it is built from.
    pub(crate) digest: Digest,
    /// Its name in the progress.
    pub(crate) name: String,
    /// Its place in the build file: `image.yaml:6`.
    pub(crate) place: Option<String>,
    /// What an operation fetches, with the digest or commit that is known. Empty for any other operation.
    pub(crate) fetched: String,
    /// Its settings, in the form of [`buildkit_llb::json`].
    pub(crate) settings: Value,
    reads: Vec<Rc<Found>>,
}

impl Parts {
    /// `plain` has the configuration without facts of the repository, and `built` has the operations.
    pub(super) fn of(
        plain: &Built<'_>,
        built: &Built<'_>,
        canonical: &Canonical,
        others: BTreeMap<String, String>,
    ) -> Self {
        let mut image = image(plain, built);
        for (name, text) in others {
            image[name] = text.into();
        }
        let mut settings = canonical.settings();
        let operations = canonical.operations.iter().map(|operation| Part {
            digest: operation.digest,
            name: operation_name(built, operation.vertex),
            place: operation_place(built, operation.vertex),
            fetched: fetched(built, operation.vertex),
            settings: settings.remove(&operation.digest.to_string()).unwrap_or_default(),
            reads: operation.reads.clone(),
        });
        Self { platform: built.target.to_string(), operations: operations.collect(), image }
    }
}

/// The configuration and the annotations of an image. Labels and annotations are those of `plain`, whose repository is not known.
pub(super) fn image(plain: &Built<'_>, built: &Built<'_>) -> Value {
    let config = |built: &Built<'_>| -> Value {
        serde_json::from_slice(&built.lowered.config.to_json()).unwrap_or_default()
    };
    let mut image = config(built);
    if let Some(labels) = config(plain)["config"].get("Labels") {
        image["config"]["Labels"] = labels.clone();
    }
    json!({
        "config": image,
        "annotations": plain.lowered.annotations,
        "index-annotations": plain.lowered.index_annotations,
    })
}

impl Part {
    /// Whether an operation does the same, apart from what it stands on.
    pub(crate) fn is_of_the_same(&self, other: &Part) -> bool {
        let own = |part: &Part| {
            let mut settings = part.settings.clone();
            settings.as_object_mut().map(|settings| settings.remove("inputs"));
            settings
        };
        let digests = |part: &Part| part.reads.iter().map(|found| found.digest).collect::<Vec<_>>();
        own(self) == own(other) && digests(self) == digests(other)
    }

    /// What the operation reads of the context.
    pub(crate) fn read(&self) -> Entries {
        self.reads.iter().flat_map(|found| found.entries.clone()).collect()
    }
}

/// The name of an operation in the progress, without the platform: `[app 2/3] run make`.
pub(crate) fn operation_name(built: &Built<'_>, vertex: Vertex) -> String {
    let name = built.graph.metadata(vertex).name.as_deref().unwrap_or_default();
    match name.strip_prefix(&format!("[{} ", built.target)) {
        Some(rest) => format!("[{rest}"),
        None => name.to_owned(),
    }
}

/// The first line of the build file that an operation comes from.
pub(crate) fn operation_place(built: &Built<'_>, vertex: Vertex) -> Option<String> {
    let location = built.graph.locations(vertex).first()?;
    let file = &built.infos.get(location.source)?.filename;
    Some(format!("{file}:{}", location.ranges.first()?.start.line))
}

fn fetched(built: &Built<'_>, vertex: Vertex) -> String {
    let with = |name: String, digest: &Option<String>| match digest {
        Some(digest) => format!("{name} {digest}"),
        None => name,
    };
    match built.graph.operation(vertex) {
        Some(Operation::Image(image)) => image.reference.canonical(),
        Some(Operation::Git(git)) => with(git.url.to_string(), &git.checksum),
        Some(Operation::Http(http)) => with(http.url.clone(), &http.checksum),
        _ => String::new(),
    }
}
