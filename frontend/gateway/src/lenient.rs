//! Reading JSON as forgivingly as Go does.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default, as Go leaves a field alone.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
