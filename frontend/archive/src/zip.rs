//! Reads a zip archive entry by entry, in the order of its central directory.
//!
//! The facts of the format are from PKWARE's APPNOTE.TXT 6.3.10. The central directory alone says what the archive contains: a reader
//! that searched local headers could see other files than other programs.

mod directory;
mod member;

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::entry::{Entries, Entry, EntryKind};
use crate::error::{Error, Inside as _};
use crate::limits::Budget;
use crate::names;
use directory::Directory;
use member::{Member, Method};

/// Whether a file is a zip archive, by its first bytes: the header of an entry, or the end of an archive without entries.
pub fn is_zip(start: &[u8]) -> bool {
    matches!(start, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..])
}

/// The size of the fixed part of a local header. The name and the extra fields follow.
const LOCAL_HEADER: usize = 30;

/// A zip archive.
#[derive(Debug)]
pub struct Zip<'b, R> {
    reader: BufReader<R>,
    budget: &'b Budget,
    directory: Directory,
    current: Option<Member>,
}

impl<'b, R: Read + Seek> Zip<'b, R> {
    /// Finds the central directory of an archive. Names and contents count towards the limits.
    ///
    /// # Errors
    /// Returns an error if there is no directory, or if the archive is split into several files.
    pub fn open(reader: R, budget: &'b Budget) -> Result<Zip<'b, R>, Error> {
        let mut reader = BufReader::new(reader);
        let directory = Directory::find(&mut reader)?;
        Ok(Zip { reader, budget, directory, current: None })
    }

    /// Moves to the content of a member.
    fn seek_content(&mut self, member: &Member) -> Result<(), Error> {
        let mut header = [0; LOCAL_HEADER];
        self.reader.seek(SeekFrom::Start(member.at))?;
        self.reader.read_exact(&mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(Error::damaged("the archive has no header for it"));
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        self.reader.seek_relative(length(26) + length(28))?;
        Ok(())
    }

    fn entry(&mut self, member: Member) -> Result<Entry, Error> {
        let mut link = Vec::new();
        if member.kind == EntryKind::SymbolicLink {
            if member.size > names::LONGEST as u64 {
                return Err(Error::damaged(format!("a symbolic link has a target of {} bytes", member.size)));
            }
            self.stored(&member)?.read_to_end(&mut link)?;
        }
        self.budget.entry(member.name.len() + link.len())?;
        let entry = Entry {
            path: names::path_of(&member.name)?,
            name: names::normal(&member.name)?,
            kind: member.kind,
            link,
            mode: member.mode,
            uid: 0,
            gid: 0,
            time: member.time,
            xattrs: Default::default(),
            device: (0, 0),
            size: member.size,
        };
        self.current = Some(member);
        Ok(entry)
    }

    /// Returns the content of a member, which is verified while it is read.
    fn stored(&mut self, member: &Member) -> Result<Box<dyn Read + '_>, Error> {
        let method = member.method()?;
        self.seek_content(member)?;
        let stored = self.reader.by_ref().take(member.stored);
        let budget = self.budget;
        Ok(match method {
            Method::Stored => Box::new(Verified::new(stored, member, budget)),
            Method::Deflate => Box::new(Verified::new(DeflateDecoder::new(stored), member, budget)),
        })
    }
}

impl<R: Read + Seek> Entries for Zip<'_, R> {
    fn next(&mut self) -> Result<Option<Entry>, Error> {
        self.current = None;
        let Some(member) = self.directory.next(&mut self.reader)? else { return Ok(None) };
        let shown = names::text_of(&member.name);
        self.entry(member).map(Some).inside(shown)
    }

    fn content(&mut self) -> Result<Box<dyn Read + '_>, Error> {
        let Some(member) = self.current.clone() else { return Ok(Box::new(io::empty())) };
        self.stored(&member)
    }
}

/// A reader that compares content with the size and the checksum that the directory has for it.
struct Verified<'b, R> {
    reader: R,
    budget: &'b Budget,
    crc: Crc,
    wanted_crc: u32,
    left: u64,
}

impl<'b, R: Read> Verified<'b, R> {
    fn new(reader: R, member: &Member, budget: &'b Budget) -> Self {
        Self { reader, budget, crc: Crc::new(), wanted_crc: member.crc, left: member.size }
    }
}

impl<R: Read> Read for Verified<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.reader.read(buffer)?;
        self.budget.content(count as u64)?;
        let more = || Error::damaged("it has more content than the directory of the archive says");
        self.left = self.left.checked_sub(count as u64).ok_or_else(more)?;
        self.crc.update(&buffer[..count]);
        if count > 0 {
            return Ok(count);
        }
        if self.left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.crc.sum() != self.wanted_crc {
            return Err(Error::damaged("its content does not match its checksum").into());
        }
        Ok(0)
    }
}

/// Reads exactly this number of bytes.
fn bytes(reader: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
