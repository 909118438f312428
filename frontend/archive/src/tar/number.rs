//! Parses numbers in the fields of a tar header.

use crate::error::Error;
use crate::names::text_of;

/// Parses octal digits, which can be surrounded by spaces and zero bytes. An empty field is 0. A field whose highest bit is set
/// contains a binary number, for numbers that do not fit.
pub(super) fn number(field: &[u8]) -> Result<u64, Error> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        return binary(field);
    }
    let blank = |byte: &u8| *byte == b' ' || *byte == 0;
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let digits = &field[start..];
    let digits = &digits[..digits.iter().position(blank).unwrap_or(digits.len())];
    let digit = |number: u64, byte: &u8| match byte {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    };
    digits
        .iter()
        .try_fold(0, digit)
        .ok_or_else(|| Error::damaged(format!("found `{}`; expected an octal number", text_of(digits))))
}

/// Parses a binary number in two's complement with the length of the field. A negative number is returned as the bits of an `i64`.
fn binary(field: &[u8]) -> Result<u64, Error> {
    let negative = field[0] & 0x40 != 0;
    let first = if negative { field[0] } else { field[0] & 0x7f };
    let bytes = || std::iter::once(first).chain(field[1..].iter().copied());
    let (filler, count) = (if negative { 0xff } else { 0 }, field.len().saturating_sub(8));
    if bytes().take(count).any(|byte| byte != filler) {
        return Err(Error::damaged("a number has more than 64 bits"));
    }
    let start = if negative { u64::MAX } else { 0 };
    Ok(bytes().skip(count).fold(start, |number, byte| number << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_form_are_read() {
        let check = |field: &[u8], expect: u64| assert_eq!(number(field).unwrap(), expect, "{field:?}");
        check(b"0000644\0", 0o644);
        check(b"   644 \0", 0o644);
        check(b"", 0);
        check(b"\0\0\0", 0);
        check(b"77777777777", 0o77777777777);
        check(&[0x80, 0, 0, 0, 0, 0, 1, 0], 256);
        check(&[0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 1 << 56);
        check(&[0xff; 12], u64::MAX);
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for field in [b"12x".as_slice(), b"8", &[0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(number(field).is_err(), "{field:?}");
        }
    }
}
