//! The image at the bottom of a stage, as the build found it and as expressions see it.

use std::collections::BTreeMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::Known;

/// An image by its name and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The full reference, without the digest: `docker.io/library/debian:12`.
    pub name: String,
    /// The digest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// The images that stages are built upon, by the names of the stages, as far as there are any; nothing while they are not
/// resolved.
pub type Bases = Option<BTreeMap<String, Pinned>>;

/// The name in expressions.
pub(crate) const NAME: &str = "base";
/// What is known of it without looking, where it is known.
pub(crate) const BASE: Known = Known::Fields(false, &["name", "digest"]);
/// Everywhere else.
pub(crate) const ELSEWHERE: Known = Known::Elsewhere("under `image` of a stage");

/// The value of `base` in a stage, with stand-ins while it is not resolved. Nothing where no image is at the bottom.
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

/// The error where something is read that is not known.
pub(crate) fn unknown(property: &str, at: Span) -> Box<Diagnostic> {
    let message =
        format!("`{NAME}.{property}` has no value: this stage is not built on an image from a registry");
    let error = Diagnostic::error(Code::MissingProperty, at, message);
    error.help(format!("write `{NAME}.{property} | default(\"none\")`")).into()
}
