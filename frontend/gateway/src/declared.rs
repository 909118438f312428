//! The capabilities that the operations of an encoded definition declare. They are read from the bytes: decoded, a definition takes three
//! times the memory.

use std::collections::BTreeSet;
use std::fmt;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::Status;

/// The field `metadata` of a definition, a map of digests to `OpMetadata`.
const METADATA: u32 = 2;
/// The field `caps` of `OpMetadata`, a map of names to flags.
const CAPS: u32 = 5;
/// The fields of an entry of a map.
const KEY: u32 = 1;
const VALUE: u32 = 2;

/// Returns the names of the capabilities.
///
/// # Errors
/// Returns an error if the bytes are not a definition.
pub(crate) fn capabilities(definition: &[u8]) -> Result<BTreeSet<&str>, Status> {
    let mut names = BTreeSet::new();
    for entry in fields(definition, METADATA)? {
        for metadata in fields(entry, VALUE)? {
            for capability in fields(metadata, CAPS)? {
                for name in fields(capability, KEY)? {
                    names.insert(std::str::from_utf8(name).map_err(invalid)?);
                }
            }
        }
    }
    Ok(names)
}

/// Returns the contents of the fields with this number, which are texts or messages.
fn fields(mut message: &[u8], number: u32) -> Result<Vec<&[u8]>, Status> {
    let mut contents = Vec::new();
    while !message.is_empty() {
        let (field, wire_type) = decode_key(&mut message).map_err(invalid)?;
        let start = message;
        skip_field(wire_type, field, &mut message, DecodeContext::default()).map_err(invalid)?;
        if field == number && wire_type == WireType::LengthDelimited {
            let mut content = &start[..start.len() - message.len()];
            decode_varint(&mut content).map_err(invalid)?;
            contents.push(content);
        }
    }
    Ok(contents)
}

fn invalid(error: impl fmt::Display) -> Status {
    Status::user(format!("the graph cannot be decoded: {error}"))
}

#[cfg(test)]
mod tests {
    use buildkit_proto::pb::{Definition, OpMetadata};
    use prost::Message as _;

    use super::*;

    fn encoded() -> Vec<u8> {
        let operation = |caps: &[&str]| OpMetadata {
            ignore_cache: true,
            description: [("llb.customname".to_owned(), "exec.meta.base".to_owned())].into(),
            caps: caps.iter().map(|id| ((*id).to_owned(), true)).collect(),
            ..OpMetadata::default()
        };
        let metadata = [
            ("sha256:a", operation(&["exec.meta.base", "exec.mount.bind"])),
            ("sha256:b", operation(&["exec.meta.base"])),
        ];
        let metadata =
            metadata.into_iter().map(|(digest, operation)| (digest.to_owned(), operation)).collect();
        Definition { def: vec![vec![1; 300]], metadata, ..Definition::default() }.encode_to_vec()
    }

    #[test]
    fn each_capability_is_found_once() {
        assert_eq!(capabilities(&encoded()).unwrap(), ["exec.meta.base", "exec.mount.bind"].into());
        assert_eq!(capabilities(&[]).unwrap(), [].into());
    }

    #[test]
    fn bytes_that_are_no_definition_are_an_error() {
        let whole = encoded();
        for length in 1..whole.len() {
            // A prefix is a definition only if it ends between two fields.
            let is_definition = Definition::decode(&whole[..length]).is_ok();
            assert_eq!(capabilities(&whole[..length]).is_ok(), is_definition, "{length} bytes");
        }
        let status = capabilities(&whole[..whole.len() - 1]).unwrap_err();
        assert!(status.message.starts_with("the graph cannot be decoded: "), "{}", status.message);
    }
}
