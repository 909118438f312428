//! Converts paths to text. A path of an archive can consist of any bytes; its text has one form, which is safe to print and to
//! compare.

use std::fmt::Write;

use crate::error::Error;

/// Converts bytes to text so that different names have different texts. Bytes that are not UTF-8, and characters that could disturb
/// a terminal, become escapes such as `\xff`. A backslash is doubled.
pub fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str(r"\\"),
                '\n' => text.push_str(r"\n"),
                '\t' => text.push_str(r"\t"),
                c if c.is_control() => {
                    let mut buffer = [0; 4];
                    push_hex(&mut text, c.encode_utf8(&mut buffer).as_bytes());
                }
                c => text.push(c),
            }
        }
        push_hex(&mut text, chunk.invalid());
    }
    text
}

/// The longest path, and the longest target of a symbolic link, that Linux accepts.
pub const LONGEST: usize = 4096;

/// Normalises the path of an archive entry and returns it as text: `./a/b/` and `a/b` become `/a/b`, and the root becomes `/`.
///
/// # Errors
/// Returns an error if the path could lead out of its folder, or if it is too long.
pub fn path_of(bytes: &[u8]) -> Result<String, Error> {
    normal(bytes).map(|name| format!("/{}", text_of(&name)))
}

/// Normalises the path of an archive entry: `./a/b/` and `/a/b` become `a/b`, and the root becomes the empty path.
///
/// # Errors
/// Returns an error if the path could lead out of its folder, or if it is too long.
pub fn normal(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if bytes.len() > LONGEST {
        return Err(Error::damaged(format!("a name has {} bytes; expected at most {LONGEST}", bytes.len())));
    }
    if bytes.contains(&0) {
        return Err(Error::damaged(format!("the name `{}` contains a zero byte", text_of(bytes))));
    }
    let parts = || bytes.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    if parts().any(|part| part == b"..") {
        let name = text_of(bytes);
        return Err(Error::damaged(format!(
            "the name `{name}` contains `..`, which could lead out of its folder"
        )));
    }
    Ok(parts().collect::<Vec<_>>().join(&b'/'))
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        let check = |bytes: &[u8], expect: &str| assert_eq!(path_of(bytes).unwrap(), expect);
        check(b"./a/b/", "/a/b");
        check(b"/a//b/.", "/a/b");
        check(b"./", "/");
        check(b".a/..b", "/.a/..b");
        check("ä".as_bytes(), "/ä");
        check(b"\xff\\x\n", r"/\xff\\x\n");
        check(b"\x1b[1m", r"/\x1b[1m");
    }

    #[test]
    fn different_names_are_different_texts() {
        assert_ne!(text_of(b"\xff"), text_of(br"\xff"));
    }

    #[test]
    fn paths_that_lead_out_are_errors() {
        for path in ["../etc/passwd", "a/../../b", "..", "a/.."] {
            assert!(path_of(path.as_bytes()).unwrap_err().to_string().contains("`..`"), "{path}");
        }
        assert!(path_of(&[b'a'; 5000]).unwrap_err().to_string().contains("a name has 5000 bytes"));
        assert!(path_of(b"a\0b").unwrap_err().to_string().contains("zero byte"));
    }
}
