//! Percent escapes: `%2F` is `/`.

/// Decodes a text. `None` if an escape is not two hexadecimal digits, or the result is not UTF-8.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || (rest.next()? as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit()?, digit()?);
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes() {
        for (text, expect) in [
            ("", Some("")),
            ("a/b", Some("a/b")),
            ("a%2fb%2B", Some("a/b+")),
            ("%c3%a4", Some("ä")),
            ("%ff", None),
            ("a%2", None),
            ("%zz", None),
            ("%+1", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expect, "{text}");
        }
    }
}
