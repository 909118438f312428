//! An entry of a zip archive, as the central directory has it.

use super::directory::{u16_at, u32_at, u64_at};
use crate::entry::EntryKind;
use crate::error::Error;
use crate::names::text_of;

/// The systems that made an entry. Only those of Unix have modes.
const FAT: u8 = 0;
const UNIX: u8 = 3;
const DARWIN: u8 = 19;

const ENCRYPTED: u16 = 1;
const UTF8: u16 = 1 << 11;

/// The extra fields that are read: large sizes, and the modification time.
const LARGE: u16 = 0x0001;
const TIME: u16 = 0x5455;

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) kind: EntryKind,
    pub(super) mode: u32,
    pub(super) time: i64,
    pub(super) crc: u32,
    /// The size of the content, and of what is stored.
    pub(super) size: u64,
    pub(super) stored: u64,
    /// The position of its header.
    pub(super) at: u64,
    flags: u16,
    method: u16,
}

/// How content is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
}

impl Member {
    /// Reads the fixed part of a record, and what follows it.
    pub(super) fn read(record: &[u8], name: &[u8], extra: &[u8]) -> Result<Member, Error> {
        let (system, flags) = (record[5], u16_at(record, 8));
        let shown = text_of(name);
        if flags & UTF8 == 0 && std::str::from_utf8(name).is_err() {
            let problem = "the name is not UTF-8, and the zip archive does not say what else it is";
            return Err(Error::damaged(problem).inside(shown));
        }
        // Old programs for Windows separate folders by backslashes.
        let name: Vec<u8> = match system == FAT && !name.contains(&b'/') {
            true => name.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect(),
            false => name.to_vec(),
        };
        let mode = match system {
            UNIX | DARWIN => u32_at(record, 38) >> 16,
            _ => 0,
        };
        let is_folder = name.ends_with(b"/");
        let kind = match mode & 0o170_000 {
            0o040_000 => EntryKind::Folder,
            0o120_000 => EntryKind::SymbolicLink,
            0o100_000 | 0 if is_folder => EntryKind::Folder,
            0o100_000 | 0 => EntryKind::File,
            _ => return Err(Error::damaged("it is neither a file, a folder nor a link").inside(shown)),
        };
        let mode = match (mode, kind) {
            (0, EntryKind::Folder) => 0o755,
            (0, _) => 0o644,
            (mode, _) => mode & 0o7777,
        };
        let fields = Fields(extra);
        let times = fields.find(TIME).filter(|field| field.first().is_some_and(|flags| flags & 1 != 0));
        let time = times.filter(|field| field.len() >= 5).map(|field| u32_at(field, 1).cast_signed());
        let time = time.map_or_else(|| dos_time(u16_at(record, 14), u16_at(record, 12)), i64::from);
        let mut large = fields.find(LARGE).unwrap_or_default().chunks_exact(8).map(|field| u64_at(field, 0));
        let mut number = |at: usize| match u32_at(record, at) {
            u32::MAX => large.next().ok_or_else(|| Error::damaged("a 64-bit size is missing").inside(&shown)),
            number => Ok(number.into()),
        };
        let (size, stored, at) = (number(24)?, number(20)?, number(42)?);
        let (crc, method) = (u32_at(record, 16), u16_at(record, 10));
        Ok(Member { name, kind, mode, time, crc, size, stored, at, flags, method })
    }

    /// Returns how the content is stored.
    pub(super) fn method(&self) -> Result<Method, Error> {
        if self.flags & ENCRYPTED != 0 {
            return Err(Error::damaged("it is encrypted"));
        }
        match self.method {
            0 => Ok(Method::Stored),
            8 => Ok(Method::Deflate),
            other => {
                let name = match other {
                    9 => "deflate64",
                    12 => "bzip2",
                    14 => "lzma",
                    93 => "zstd",
                    95 => "xz",
                    _ => "unknown",
                };
                let problem = format!("its compression method {other} ({name}) is not supported");
                Err(Error::damaged(format!("{problem}; expected `stored` or `deflate`")))
            }
        }
    }
}

/// The extra fields of a record: each a number, a length and that many bytes.
struct Fields<'e>(&'e [u8]);

impl<'e> Fields<'e> {
    fn find(&self, wanted: u16) -> Option<&'e [u8]> {
        let mut rest = self.0;
        while rest.len() >= 4 {
            let (number, length) = (u16_at(rest, 0), usize::from(u16_at(rest, 2)));
            let field = rest.get(4..4 + length)?;
            if number == wanted {
                return Some(field);
            }
            rest = &rest[4 + length..];
        }
        None
    }
}

/// Converts the date and the time of DOS to seconds since 1970. They have no time zone, so they are read as UTC.
fn dos_time(date: u16, time: u16) -> i64 {
    let (year, month, day) = (i64::from(date >> 9) + 1980, i64::from(date >> 5 & 15), i64::from(date & 31));
    let (hour, minute, second) = (i64::from(time >> 11), i64::from(time >> 5 & 63), i64::from(time & 31) * 2);
    // The years start in March, so that the leap day is the last day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_dos_are_dates() {
        // `date -u -d '2024-02-29 12:34:56' +%s`
        assert_eq!(dos_time(44 << 9 | 2 << 5 | 29, 12 << 11 | 34 << 5 | 28), 1_709_210_096);
        assert_eq!(dos_time(1 << 5 | 1, 0), 315_532_800);
    }
}
