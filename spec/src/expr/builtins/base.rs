//! `base` in expressions: the base image of a stage, as the build resolved it.

use std::collections::BTreeMap;

use buildkit_names::Reference;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::Known;

/// An image with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The full reference without the digest: `docker.io/library/debian:12`.
    pub name: String,
    /// The digest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Pinned {
    /// The canonical name and the digest of a reference. `None` if it has no digest.
    pub fn of(reference: &Reference) -> Option<Self> {
        Some(Self { name: reference.canonical_name(), digest: reference.digest()?.to_owned() })
    }
}

/// The base images by the name of the stage. A stage without one, such as a stage from `scratch`, has no entry. `None` if the
/// images are not resolved yet.
pub type Bases = Option<BTreeMap<String, Pinned>>;

/// The name `base` in expressions.
pub(crate) const NAME: &str = "base";
/// What is known about `base` at a place where it can be used.
pub(crate) const BASE: Known = Known::Fields(false, &["name", "digest"]);
/// What is known about `base` at all other places.
pub(crate) const ELSEWHERE: Known = Known::Elsewhere("under `image` of a stage");

/// The value of `base` in a stage. It has placeholders if the images are not resolved yet, and no properties if the stage has no
/// base image.
pub(crate) fn value(bases: &Bases, stage: &str) -> Value {
    let pinned = |name: &str, digest: &str| {
        Value::record(None, [("name", Value::text(name)), ("digest", Value::text(digest))])
    };
    match bases {
        None => pinned("BASE_NAME", "BASE_DIGEST"),
        Some(bases) => match bases.get(stage) {
            Some(base) => pinned(&base.name, &base.digest),
            None => Value::record::<String>(None, []),
        },
    }
}

/// The error for a property of `base` in a stage without a base image.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let message =
        format!("`{NAME}.{property}` has no value: this stage is not built on an image from a registry");
    let error = Diagnostic::error(Code::MissingProperty, at, message);
    error.help(format!("write `{NAME}.{property} | default(\"none\")`")).into()
}
