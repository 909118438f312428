//! `digest("REFERENCE")` in expressions: the digest that the lock has for an image.

use std::collections::BTreeMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::expr::{Known, ValueType};

/// The digests that the lock has for one platform, by the familiar form of the reference. Empty if there is no lock. `None` if nobody
/// looked for one.
pub type Digests = Option<BTreeMap<String, String>>;

/// The name of the function. An expression that calls it reads the map [`TABLE`].
pub(crate) const FUNCTION: &str = "digest";
/// The name of the map of digests. No expression can write it as a name.
pub(crate) const TABLE: &str = "digest()";
/// What is known about the map where it can be used.
pub(crate) const DIGESTS: Known = Known::Plain(ValueType::Record);
/// What is known about the map at all other places.
pub(crate) const ELSEWHERE: Known =
    Known::Elsewhere("in `env`, `labels` and `annotations`, and in the `content` of a file");

/// The map of digests. Each digest is a placeholder if nobody looked for a lock.
pub(crate) fn table(digests: &Digests) -> Value {
    match digests {
        None => Value::text("DIGEST"),
        Some(digests) => {
            Value::record(None, digests.iter().map(|(name, digest)| (name, Value::text(digest))))
        }
    }
}

/// Looks up the digest of an image.
pub(crate) fn find(table: Value, reference: &str, at: Span) -> Result<Value, Box<Diagnostic>> {
    let Value::Record(digests) = &table else { return Ok(table) };
    let name = ImageName::new(reference);
    digests.fields.get(name.context()).cloned().ok_or_else(|| {
        let message = format!("the lock has no digest of the image `{reference}` for this platform");
        let help = "run `varve lock` if a stage uses the image, or write `digest(...) | default(...)`";
        Diagnostic::error(Code::MissingProperty, at, message).help(help).into()
    })
}
