//! The message of a solve request with an encoded definition.

use buildkit_proto::moby::buildkit::v1::frontend as pb;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType, bytes};
use prost::{DecodeError, Message};

/// The field number of the definition.
const DEFINITION: u32 = 1;

/// The message `SolveRequest` with a definition as bytes. The bytes can have fields that the generated message lacks, and they are not
/// encoded a second time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SolveRequest {
    pub(super) definition: Option<Vec<u8>>,
    /// All other fields.
    pub(super) rest: pb::SolveRequest,
}

impl Message for SolveRequest {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        if let Some(definition) = &self.definition {
            bytes::encode(DEFINITION, definition, buffer);
        }
        self.rest.encode_raw(buffer);
    }

    fn encoded_len(&self) -> usize {
        let definition = self.definition.as_ref();
        definition.map_or(0, |definition| bytes::encoded_len(DEFINITION, definition))
            + self.rest.encoded_len()
    }

    fn merge_field(
        &mut self,
        number: u32,
        kind: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match number {
            DEFINITION => bytes::merge(kind, self.definition.get_or_insert_default(), buffer, context),
            _ => self.rest.merge_field(number, kind, buffer, context),
        }
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_agrees_with_the_generated_one_and_keeps_unknown_fields() {
        let rest = pb::SolveRequest { frontend: "f".to_owned(), evaluate: true, ..Default::default() };
        let definition = buildkit_proto::pb::Definition { def: vec![vec![1, 2]], ..Default::default() };
        // Field 100 does not exist.
        let unknown = [0xa2, 0x06, 0x01, 0x07];
        let bytes = [definition.encode_to_vec().as_slice(), &unknown].concat();
        let message = SolveRequest { definition: Some(bytes.clone()), rest: rest.clone() };
        let encoded = message.encode_to_vec();
        assert_eq!(encoded.len(), message.encoded_len());
        assert!(encoded.windows(bytes.len()).any(|part| part == bytes));
        let read = pb::SolveRequest::decode(encoded.as_slice()).unwrap();
        assert_eq!(read, pb::SolveRequest { definition: Some(definition), ..rest });
        assert_eq!(SolveRequest::decode(encoded.as_slice()), Ok(message));
        assert_eq!(SolveRequest::default().encode_to_vec(), [0_u8; 0]);
    }
}
