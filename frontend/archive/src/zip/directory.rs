//! The central directory: where it is, and its records.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::bytes;
use super::member::Member;
use crate::error::{Error, Inside as _};

/// The size of the record at the end of an archive, without its comment.
const END: usize = 22;
/// The size of the locator before it, if the archive needs 64-bit numbers, and of the record that it leads to.
const LOCATOR: usize = 20;
const END_64: usize = 56;
/// The size of the fixed part of a record in the directory.
const RECORD: usize = 46;

/// The records that were not read yet.
#[derive(Debug)]
pub(super) struct Directory {
    /// The position of the next record.
    at: u64,
    left: u64,
}

impl Directory {
    /// Finds the directory by the record at the end of the archive.
    pub(super) fn find<R: Read + Seek>(reader: &mut BufReader<R>) -> Result<Directory, Error> {
        let size = reader.seek(SeekFrom::End(0))?;
        // A comment has at most 65535 bytes.
        let start = size.saturating_sub((END + LOCATOR + usize::from(u16::MAX)) as u64);
        reader.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        reader.by_ref().take(size - start).read_to_end(&mut tail)?;
        let is_end = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(b"PK\x05\x06") && END + usize::from(u16_at(record, 20)) <= record.len()
        };
        let last = tail.len().checked_sub(END);
        let end = last.and_then(|last| (0..=last).rev().find(is_end));
        let end =
            end.ok_or_else(|| Error::damaged("the directory at the end of the zip archive is missing"))?;
        let record = &tail[end..];
        let (disks, own, all) = (u16_at(record, 4), u16_at(record, 8), u16_at(record, 10));
        let (length, at) = (u32_at(record, 12), u32_at(record, 16));
        let before = end.checked_sub(LOCATOR).map(|at| &tail[at..end]);
        if let Some(locator) = before.filter(|bytes| bytes.starts_with(b"PK\x06\x07")) {
            return Self::large(reader, u64_at(locator, 8)).inside("its directory");
        }
        if own == u16::MAX || length == u32::MAX || at == u32::MAX {
            return Err(Error::damaged("the record with the position of its directory is missing"));
        }
        if disks != 0 || own != all {
            return Err(split());
        }
        Ok(Directory { at: at.into(), left: own.into() })
    }

    /// Reads the record with 64-bit numbers.
    fn large<R: Read + Seek>(reader: &mut BufReader<R>, at: u64) -> Result<Directory, Error> {
        reader.seek(SeekFrom::Start(at))?;
        let record = bytes(reader, END_64)?;
        if !record.starts_with(b"PK\x06\x06") {
            return Err(Error::damaged("the record with its position is missing"));
        }
        let (disk, own, all) = (u32_at(&record, 16), u64_at(&record, 24), u64_at(&record, 32));
        if disk != 0 || own != all {
            return Err(split());
        }
        Ok(Directory { at: u64_at(&record, 48), left: own })
    }

    /// Reads the next record. `None` after the last one.
    pub(super) fn next<R: Read + Seek>(
        &mut self,
        reader: &mut BufReader<R>,
    ) -> Result<Option<Member>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        reader.seek(SeekFrom::Start(self.at))?;
        let record = bytes(reader, RECORD)?;
        if !record.starts_with(b"PK\x01\x02") {
            return Err(Error::damaged("the directory of the zip archive has fewer entries than it says"));
        }
        let lengths = [28, 30, 32].map(|at| usize::from(u16_at(&record, at)));
        let rest = bytes(reader, lengths.iter().sum())?;
        self.at += (RECORD + rest.len()) as u64;
        let (name, extra) = rest.split_at(lengths[0]);
        Member::read(&record, name, &extra[..lengths[1]]).map(Some)
    }
}

fn split() -> Error {
    Error::damaged("the zip archive is split into several files, which is not supported")
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |field| u16::from_le_bytes(*field))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |field| u32::from_le_bytes(*field))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |field| u64::from_le_bytes(*field))
}
