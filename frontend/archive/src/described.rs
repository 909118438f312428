//! Describes a file that is not an archive.

use crate::names::text_of;

/// Describes a file by its first bytes: `an ELF program`.
pub fn described(start: &[u8]) -> String {
    let text = start.trim_ascii_start().to_ascii_lowercase();
    match start {
        [] => "an empty file".to_owned(),
        [0x7f, b'E', b'L', b'F', ..] => "an ELF program".to_owned(),
        [b'P', b'K', 3 | 5, _, ..] => "a zip archive".to_owned(),
        [b'h', b's', b'q', b's', ..] => "a squashfs file system".to_owned(),
        [b'7', b'z', 0xbc, 0xaf, ..] => "a 7z archive".to_owned(),
        [b'R', b'a', b'r', b'!', ..] => "a RAR archive".to_owned(),
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => "an `ar` archive, such as a .deb".to_owned(),
        [0xed, 0xab, 0xee, 0xdb, ..] => "an RPM package".to_owned(),
        [b'{' | b'[', ..] => "a JSON document".to_owned(),
        _ if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") => "an HTML page".to_owned(),
        start => {
            let first = &start[..start.len().min(16)];
            format!("a file that starts with `{}`", text_of(first))
        }
    }
}
