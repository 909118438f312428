//! Writes zip archives for tests, also such that no other program writes.

use std::io::Write as _;

use flate2::{Crc, write::DeflateEncoder};

/// An entry of a zip archive. Tests change the fields.
#[derive(Debug, Clone)]
pub struct ZipMember {
    /// The name. A folder ends with `/`.
    pub name: Vec<u8>,
    /// The mode with the bits of the file type, as Unix has it.
    pub mode: u32,
    /// The content before compression.
    pub content: Vec<u8>,
    /// The compression method: 0 for none, 8 for deflate. The content is stored for any other number.
    pub method: u16,
    /// The flags.
    pub flags: u16,
    /// The system that made the entry: 0 for DOS, 3 for Unix.
    pub system: u8,
    /// The extra fields in the directory.
    pub extra: Vec<u8>,
    /// The size of the content in the directory, if it is not the real one.
    pub claimed: Option<u32>,
}

impl ZipMember {
    /// Creates an entry of Unix with this mode, such as `0o100644` for a file, compressed with deflate.
    pub fn new(name: impl Into<Vec<u8>>, mode: u32, content: impl Into<Vec<u8>>) -> ZipMember {
        let (name, content) = (name.into(), content.into());
        let (extra, claimed) = (Vec::new(), None);
        ZipMember { name, mode, content, method: 8, flags: 1 << 11, system: 3, extra, claimed }
    }
}

/// Writes an archive. Times are 2024-02-29 12:34:56.
pub fn zip(members: &[ZipMember]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let mut crc = Crc::new();
        crc.update(&member.content);
        let stored = match member.method {
            8 => deflated(&member.content),
            _ => member.content.clone(),
        };
        let at = archive.len() as u32;
        let common = |extra: u16| {
            let numbers = [20, member.flags, member.method, 12 << 11 | 34 << 5 | 28, 44 << 9 | 2 << 5 | 29];
            let sizes =
                [crc.sum(), stored.len() as u32, member.claimed.unwrap_or(member.content.len() as u32)];
            let lengths = [member.name.len() as u16, extra];
            let mut bytes: Vec<u8> = numbers.iter().flat_map(|number: &u16| number.to_le_bytes()).collect();
            bytes.extend(sizes.iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend(lengths.iter().flat_map(|number| number.to_le_bytes()));
            bytes
        };
        archive.extend(b"PK\x03\x04");
        archive.extend(common(0));
        archive.extend(&member.name);
        archive.extend(&stored);
        directory.extend(b"PK\x01\x02");
        directory.extend([30, member.system]);
        directory.extend(common(member.extra.len() as u16));
        directory.extend([0; 6]);
        directory.extend((member.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(&member.name);
        directory.extend(&member.extra);
    }
    let count = (members.len() as u16).to_le_bytes();
    let (at, length) = (archive.len() as u32, directory.len() as u32);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend([length.to_le_bytes(), at.to_le_bytes()].concat());
    archive.extend([0, 0]);
    archive
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
