//! Reads JSON as leniently as Go does.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default value, because Go leaves a field with `null` unchanged.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
