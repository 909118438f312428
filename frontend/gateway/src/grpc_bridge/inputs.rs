//! The message with the inputs of the client, whose definitions are not decoded.

use std::collections::BTreeMap;

use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType, btree_map, bytes, skip_field, string};
use prost::{DecodeError, Message};

/// The field number of the definitions.
const DEFINITIONS: u32 = 1;

/// The message `InputsResponse` with definitions as bytes. Bytes and messages have the same encoding, and decoded definitions would
/// lose the fields of a newer BuildKit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Inputs {
    /// The bytes of the definitions, by name.
    pub(super) definitions: BTreeMap<String, Vec<u8>>,
}

impl Message for Inputs {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        let (key, value) = (string::encode, bytes::encode);
        btree_map::encode(
            key,
            string::encoded_len,
            value,
            bytes::encoded_len,
            DEFINITIONS,
            &self.definitions,
            buffer,
        );
    }

    fn encoded_len(&self) -> usize {
        btree_map::encoded_len(string::encoded_len, bytes::encoded_len, DEFINITIONS, &self.definitions)
    }

    fn merge_field(
        &mut self,
        number: u32,
        kind: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match number {
            DEFINITIONS => {
                btree_map::merge(string::merge, bytes::merge, &mut self.definitions, buffer, context)
            }
            _ => skip_field(kind, number, buffer, context),
        }
    }

    fn clear(&mut self) {
        self.definitions.clear();
    }
}

#[cfg(test)]
mod tests {
    use buildkit_proto::moby::buildkit::v1::frontend as pb;
    use buildkit_proto::pb::Definition;

    use super::*;

    #[test]
    fn the_message_agrees_with_the_generated_one_and_keeps_unknown_fields() {
        let definition = Definition { def: vec![vec![1, 2]], ..Default::default() };
        // Field 100 does not exist.
        let unknown = [0xa2, 0x06, 0x01, 0x07];
        let bytes = [definition.encode_to_vec().as_slice(), &unknown].concat();
        let inputs =
            Inputs { definitions: [("context".to_owned(), bytes), (String::new(), Vec::new())].into() };
        let encoded = inputs.encode_to_vec();
        assert_eq!(encoded.len(), inputs.encoded_len());
        assert_eq!(Inputs::decode([encoded.as_slice(), &unknown].concat().as_slice()), Ok(inputs));
        let read = pb::InputsResponse::decode(encoded.as_slice()).unwrap();
        assert_eq!(read.definitions["context"], definition);
    }
}
