//! Paths as text. A path of an image is any bytes; as text it has one form, which is safe to print and to compare.

use std::fmt::Write;

use super::error::Error;

/// Bytes as text, reversibly: what is no UTF-8 and what would disturb a terminal becomes `\xff`, and so does a backslash
/// double, so that two different names are never the same text.
pub(crate) fn text_of(bytes: &[u8]) -> String {
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

/// The longest path, and the longest target of a symbolic link, that Linux takes.
pub(crate) const LONGEST: usize = 4096;

/// The path of an entry of an archive as text: `./a/b/` and `a/b` are `/a/b`, and the root is `/`. A path that could lead out
/// of the image is an error.
pub(crate) fn path_of(bytes: &[u8]) -> Result<String, Error> {
    if bytes.len() > LONGEST {
        return Err(Error::damaged(format!("a name has {} bytes; expected at most {LONGEST}", bytes.len())));
    }
    if bytes.contains(&0) {
        return Err(Error::damaged(format!("the name `{}` contains a zero byte", text_of(bytes))));
    }
    let mut path = String::new();
    for part in bytes.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                return Err(Error::damaged(format!(
                    "the name `{}` contains `..`, which could lead out of the image",
                    text_of(bytes)
                )));
            }
            part => {
                path.push('/');
                path.push_str(&text_of(part));
            }
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    Ok(path)
}

/// The folder of a path and its last name. The folder of what is at the top is `/`.
pub(crate) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("/", path),
    }
}

/// A path in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a text does not fail.
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
