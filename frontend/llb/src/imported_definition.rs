//! Definitions that other programs made, decoded with the fields that the generated message lacks.

use std::collections::BTreeMap;

use prost::{DecodeError, Message as _};

use crate::fields::{Fields, WireValue, entry};
use crate::{Definition, Limits};

/// A definition that another program made, ready for [`Graph::import`](crate::Graph::import).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedDefinition {
    /// The definition.
    pub definition: Definition,
    /// The resource limits of its steps, by digest.
    pub limits: BTreeMap<String, Limits>,
}

impl ImportedDefinition {
    /// Decodes the bytes of a definition, such as [`Graph::encode`](crate::Graph::encode) returns.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not a definition.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let definition = Definition::decode(bytes)?;
        let mut limits = BTreeMap::new();
        limits.extend(Fields::of(bytes).flatten().filter_map(|field| match field {
            (2, WireValue::Bytes(bytes)) => limited(bytes),
            _ => None,
        }));
        Ok(Self { definition, limits })
    }
}

impl From<Definition> for ImportedDefinition {
    fn from(definition: Definition) -> Self {
        Self { definition, limits: BTreeMap::new() }
    }
}

/// Decodes an entry of the metadata into digest and limits. `None` if the entry has no limits.
fn limited(bytes: &[u8]) -> Option<(String, Limits)> {
    let (digest, metadata) = entry(bytes)?;
    let limits = Fields::of(metadata.bytes()?).flatten().find_map(|field| match field {
        (7, WireValue::Bytes(bytes)) => Some(bytes),
        _ => None,
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Limits::default();
    for field in Fields::of(limits).flatten() {
        match field {
            // Signed numbers are encoded with all 64 bits.
            (1, WireValue::Varint(number)) => found.memory = number as i64,
            (2, WireValue::Varint(number)) => found.memory_swap = number as i64,
            (3, WireValue::Varint(number)) => found.cpu_shares = number,
            (4, WireValue::Varint(number)) => found.cpu_period = number,
            (5, WireValue::Varint(number)) => found.cpu_quota = number as i64,
            (6, WireValue::Bytes(bytes)) => found.cpuset_cpus = text(bytes),
            (7, WireValue::Bytes(bytes)) => found.cpuset_mems = text(bytes),
            _ => {}
        }
    }
    Some((digest, found))
}
