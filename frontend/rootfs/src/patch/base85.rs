//! Base 85, the encoding of binary patches (`base85.c` of git).

const DIGITS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// Decodes five digits to four bytes. `None` if they are not digits, or if their value is too large.
fn group(digits: &[u8]) -> Option<[u8; 4]> {
    let mut value: u64 = 0;
    for digit in digits {
        let digit = DIGITS.iter().position(|known| known == digit)?;
        value = value * 85 + digit as u64;
    }
    u32::try_from(value).ok().map(u32::to_be_bytes)
}

/// Decodes a line of a binary patch, without its line break: the number of bytes as a letter, and their digits. `None` if it is damaged.
pub(super) fn decode_line(line: &[u8], into: &mut Vec<u8>) -> Option<()> {
    let (count, digits) = line.split_first()?;
    let count = match count {
        b'A'..=b'Z' => usize::from(count - b'A') + 1,
        b'a'..=b'z' => usize::from(count - b'a') + 27,
        _ => return None,
    };
    // The last group can have up to three bytes too many.
    if digits.len() != count.div_ceil(4) * 5 {
        return None;
    }
    let start = into.len();
    for digits in digits.chunks(5) {
        into.extend(group(digits)?);
    }
    into.truncate(start + count);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let decode = |line: &str| {
            let mut bytes = Vec::new();
            decode_line(line.as_bytes(), &mut bytes).map(|()| bytes)
        };
        assert_eq!(decode("D00000"), Some(vec![0; 4]));
        assert_eq!(decode("A00000"), Some(vec![0]));
        assert_eq!(decode("D|NsC0"), Some(vec![0xff; 4]));
        for damaged in ["", "D", "D0000", "D000000", "E00000", "D~~~~~", "D0000\"", "?00000"] {
            assert_eq!(decode(damaged), None, "{damaged}");
        }
    }
}
