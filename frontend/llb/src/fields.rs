//! Decodes protobuf messages field by field, without generated types.
//!
//! Two callers need this: the reader of fields that the generated messages lack, and the JSON view, which is driven by tables.

/// The value of a field as it is encoded.
#[derive(Clone, Copy)]
pub(crate) enum WireValue<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

impl<'a> WireValue<'a> {
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Varint(_) => None,
        }
    }
}

/// Iterates over the fields of a message with their numbers. An item is `None` if the bytes do not decode; it is the last item.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Decodes a packed list of numbers.
    pub(crate) fn packed(bytes: &'a [u8]) -> Option<Vec<u64>> {
        let mut fields = Self::of(bytes);
        let mut numbers = Vec::new();
        while !fields.rest.is_empty() {
            numbers.push(fields.varint()?);
        }
        Some(numbers)
    }

    fn varint(&mut self) -> Option<u64> {
        prost::encoding::decode_varint(&mut self.rest).ok()
    }

    fn field(&mut self) -> Option<(u32, WireValue<'a>)> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok()?;
        match tag & 7 {
            0 => Some((number, WireValue::Varint(self.varint()?))),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                Some((number, WireValue::Bytes(bytes)))
            }
            // BuildKit's messages have no fields of other wire types.
            _ => None,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u32, WireValue<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Decodes an entry of a map with string keys into key and value. `None` if the bytes do not decode.
pub(crate) fn entry(bytes: &[u8]) -> Option<(String, WireValue<'_>)> {
    let (mut key, mut value) = (String::new(), WireValue::Bytes(&[]));
    for field in Fields::of(bytes) {
        match field? {
            (1, WireValue::Bytes(bytes)) => key = String::from_utf8(bytes.to_vec()).ok()?,
            (2, found) => value = found,
            _ => {}
        }
    }
    Some((key, value))
}
