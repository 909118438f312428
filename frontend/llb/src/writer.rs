//! Writes protobuf messages from borrowed values.
//!
//! The rules are those of Go's deterministic marshalling, which BuildKit applies again to the operations that it receives:
//!
//! - Zero scalars, empty strings and absent messages are not written.
//! - A message that is present is written, even if it is empty.
//! - Every element of a repeated field is written.
//!
//! The fields have the order of the calls.

/// A buffer for an encoded message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// Where the member of the oneof `op` starts.
    op_start: usize,
}

const VARINT: u32 = 0;
const LENGTH_DELIMITED: u32 = 2;

impl Writer {
    /// Empties the buffer and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Creates a writer with reserved memory.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), op_start: 0 }
    }

    /// Returns the written bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the bytes that are written so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Marks that the member of the oneof `op` starts here.
    pub(crate) fn start_op(&mut self) {
        self.op_start = self.bytes.len();
    }

    /// Returns the bytes before the last call of [`start_op`](Self::start_op), and the bytes after it.
    pub(crate) fn split_at_op(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at(self.op_start)
    }

    /// Writes a string field, unless it is empty.
    pub(crate) fn string(&mut self, field: u32, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    /// Writes a bytes field, unless it is empty.
    pub(crate) fn bytes(&mut self, field: u32, value: &[u8]) {
        if !value.is_empty() {
            self.element(field, &[value]);
        }
    }

    /// Writes one element of a repeated string or bytes field, even if it is empty. The parts are concatenated.
    pub(crate) fn element(&mut self, field: u32, parts: &[&[u8]]) {
        self.tag(field, LENGTH_DELIMITED);
        self.varint(parts.iter().map(|part| part.len() as u64).sum());
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    /// Writes all elements of a repeated string field.
    pub(crate) fn strings(&mut self, field: u32, values: &[impl AsRef<str>]) {
        for value in values {
            self.element(field, &[value.as_ref().as_bytes()]);
        }
    }

    /// Writes a signed integer field of 32 or 64 bits, unless it is zero. A negative number takes ten bytes.
    pub(crate) fn int(&mut self, field: u32, value: i64) {
        self.uint(field, value as u64);
    }

    /// Writes an unsigned integer field, unless it is zero.
    pub(crate) fn uint(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.present_uint(field, value);
        }
    }

    /// Writes an unsigned integer that is a member of a oneof, even if it is zero.
    pub(crate) fn present_uint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.varint(value);
    }

    /// Writes a boolean field, unless it is false.
    pub(crate) fn flag(&mut self, field: u32, value: bool) {
        self.uint(field, u64::from(value));
    }

    /// Writes a repeated integer field in packed form, unless there are no values.
    pub(crate) fn packed(&mut self, field: u32, values: impl ExactSizeIterator<Item = i64>) {
        if values.len() > 0 {
            self.message(field, |w| values.for_each(|value| w.varint(value as u64)));
        }
    }

    /// Writes a message field, even if the message is empty.
    pub(crate) fn message(&mut self, field: u32, body: impl FnOnce(&mut Self)) {
        self.tag(field, LENGTH_DELIMITED);
        let start = self.bytes.len();
        // Most messages are shorter than 128 bytes, so their length fits into the one byte that is reserved here.
        self.bytes.push(0);
        body(self);
        let length = (self.bytes.len() - start - 1) as u64;
        let (varint, used) = varint(length);
        if used == 1 {
            self.bytes[start] = varint[0];
        } else {
            let end = self.bytes.len();
            self.bytes.extend_from_slice(&varint[1..used]);
            self.bytes.copy_within(start + 1..end, start + used);
            self.bytes[start..start + used].copy_from_slice(&varint[..used]);
        }
    }

    /// Writes an entry of a map of strings. Go writes key and value even if they are empty. Callers leave out entries with empty
    /// values, because other encoders would drop the value and so change the digest.
    pub(crate) fn entry(&mut self, field: u32, key: &str, value: &str) {
        self.message(field, |w| {
            w.element(1, &[key.as_bytes()]);
            w.element(2, &[value.as_bytes()]);
        });
    }

    fn tag(&mut self, field: u32, kind: u32) {
        self.varint(u64::from(field << 3 | kind));
    }

    #[inline]
    fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.bytes.push(value as u8);
        } else {
            self.long_varint(value);
        }
    }

    #[cold]
    fn long_varint(&mut self, value: u64) {
        let (bytes, used) = varint(value);
        self.bytes.extend_from_slice(&bytes[..used]);
    }
}

/// Encodes a number as a varint. Returns the buffer and the number of bytes in use.
fn varint(mut value: u64) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let mut used = 0;
    loop {
        bytes[used] = (value & 0x7f) as u8;
        value >>= 7;
        used += 1;
        if value == 0 {
            return (bytes, used);
        }
        bytes[used - 1] |= 0x80;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(write: impl FnOnce(&mut Writer), expect: &[u8]) {
        let mut writer = Writer::default();
        write(&mut writer);
        assert_eq!(writer.as_bytes(), expect);
    }

    #[test]
    fn zero_values_are_not_written() {
        check(|w| w.string(1, ""), &[]);
        check(|w| w.int(1, 0), &[]);
        check(|w| w.flag(1, false), &[]);
        check(|w| w.packed(1, [].into_iter()), &[]);
        check(|w| w.strings(1, &[""; 0]), &[]);
    }

    #[test]
    fn present_but_empty_values_are_written() {
        check(|w| w.message(11, |_| {}), &[0x5a, 0x00]);
        check(|w| w.strings(1, &[String::new()]), &[0x0a, 0x00]);
        check(|w| w.present_uint(2, 0), &[0x10, 0x00]);
    }

    #[test]
    fn integers() {
        check(|w| w.int(1, 1), &[0x08, 0x01]);
        check(|w| w.int(1, 300), &[0x08, 0xac, 0x02]);
        check(|w| w.int(4, -1), &[0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        check(|w| w.packed(12, [0, 150].into_iter()), &[0x62, 0x03, 0x00, 0x96, 0x01]);
        check(|w| w.uint(24, 2), &[0xc0, 0x01, 0x02]);
    }

    #[test]
    fn long_messages_have_a_longer_length_prefix() {
        for size in [126_usize, 127, 128, 16_381, 16_384, 100_000] {
            let mut writer = Writer::default();
            writer.message(1, |w| w.message(2, |w| w.bytes.extend(std::iter::repeat_n(7, size))));
            let mut rest = &writer.as_bytes()[1..];
            let outer = prost::encoding::decode_varint(&mut rest).unwrap() as usize;
            assert_eq!(outer, rest.len());
            assert_eq!(rest[0], 0x12);
            rest = &rest[1..];
            let inner = prost::encoding::decode_varint(&mut rest).unwrap() as usize;
            assert_eq!((inner, rest.len()), (size, size));
            assert!(rest.iter().all(|byte| *byte == 7));
        }
    }
}
