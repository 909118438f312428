//! The request to solve, with a definition that is encoded already.

use buildkit_proto::moby::buildkit::v1::frontend as pb;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType, bytes};
use prost::{DecodeError, Message};

/// The number of the definition among the fields of the request.
const DEFINITION: u32 = 1;

/// The message of that name, whose definition is bytes: those of a newer BuildKit have fields that the message lacks, and they would
/// be encoded twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SolveRequest {
    pub(super) definition: Option<Vec<u8>>,
    /// All but the definition.
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
    fn is_the_request_that_the_daemon_reads_and_keeps_what_it_does_not_know() {
        let rest = pb::SolveRequest { frontend: "f".to_owned(), evaluate: true, ..Default::default() };
        let definition = buildkit_proto::pb::Definition { def: vec![vec![1, 2]], ..Default::default() };
        // Field 100, which there is not.
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
