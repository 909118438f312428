//! Reads a tar archive entry by entry. This module parses the framing itself, because archives can be hostile: names and maps are
//! read only up to a limit, and the values of attributes can contain any byte.

mod number;
mod pax;
mod sparse;

use std::io::{self, Read};

use ::tar::{EntryType, Header};

use crate::entry::{Entries, Entry, EntryKind};
use crate::error::{Error, Inside};
use crate::limits::Budget;
use crate::names;
use number::number;
use pax::Extensions;
use sparse::Sparse;

const BLOCK: u64 = 512;
/// The largest size in bytes of the extended headers of an entry together. For a single one, it is the limit of other implementations too.
const LONGEST_HEADER: u64 = 1 << 20;

/// A stream that can skip bytes.
pub trait Skip: Read + Sized {
    /// Skips bytes.
    ///
    /// # Errors
    /// Returns an error if the stream has fewer.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match io::copy(&mut Read::take(&mut *self, count), &mut io::sink())? {
            passed if passed == count => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Skip for &[u8] {}
impl<R: Read + ?Sized> Skip for Box<R> {}

/// An archive that is read from beginning to end.
#[derive(Debug)]
pub struct Archive<'b, R> {
    reader: R,
    budget: &'b Budget,
    /// The number of bytes that were read.
    position: u64,
    /// How many bytes of the current entry were not read: of its content, and of the padding after it.
    left: u64,
    padding: u64,
    sparse: Option<Sparse>,
}

impl<'b, R: Skip> Archive<'b, R> {
    /// Creates a reader of an archive without compression. Names and maps count towards the limits.
    pub fn new(reader: R, budget: &'b Budget) -> Archive<'b, R> {
        Archive { reader, budget, position: 0, left: 0, padding: 0, sparse: None }
    }

    /// Returns the next entry. `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the archive is damaged, cannot be read, or exceeds a limit.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Error> {
        let at = self.position;
        self.entry().inside(format!("the entry after byte {at} of the archive"))
    }

    /// Reads the rest of the stream, so that its decoder compares the checksum at the end.
    ///
    /// # Errors
    /// Returns an error if the stream is damaged, or if it exceeds a limit.
    pub fn finish(mut self) -> Result<(), Error> {
        io::copy(&mut self.reader, &mut io::sink())?;
        Ok(())
    }

    /// Returns the position of the content of the current entry in the archive. `None` if the content has holes, because it is then
    /// not in one piece.
    pub fn content_at(&self) -> Option<u64> {
        self.sparse.is_none().then_some(self.position)
    }

    /// Returns a reader of the content of the current entry.
    pub fn content(&mut self) -> Content<'_, 'b, R> {
        Content(self)
    }

    fn entry(&mut self) -> Result<Option<Entry>, Error> {
        self.skip_content()?;
        let mut extensions = Extensions::default();
        let mut size = 0;
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let bytes = header.as_old();
            self.begin(number(&bytes.size).inside("its size")?)?;
            match header.entry_type() {
                EntryType::XHeader => extensions.read(&self.extended_header(&mut size)?)?,
                EntryType::GNULongName => {
                    extensions.path = Some(zero_ended(self.extended_header(&mut size)?))
                }
                EntryType::GNULongLink => {
                    extensions.link = Some(zero_ended(self.extended_header(&mut size)?))
                }
                // It contains comments. Container engines ignore it too.
                EntryType::XGlobalHeader => {}
                _ => return self.entry_of(&header, extensions).map(Some),
            }
            self.skip_content()?;
        }
    }

    fn entry_of(&mut self, header: &Header, mut extensions: Extensions) -> Result<Entry, Error> {
        let written = extensions.path.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let mut name = names::normal(&written)?;
        let mut path = names::path_of(&name)?;
        let kind = kind_of(header.entry_type(), &written).inside(&path)?;
        // An entry that cannot have content has no bytes after its header, whatever size the header states.
        let stored = if kind == EntryKind::File { extensions.size.unwrap_or(self.left) } else { 0 };
        self.begin(stored)?;
        self.sparse = match kind {
            EntryKind::File => self.sparse_of(header, &mut extensions).inside(&path)?,
            _ => None,
        };
        if let Some(real) = extensions.sparse_name.take() {
            name = names::normal(&real)?;
            path = names::path_of(&name)?;
        }
        let size = self.sparse.as_ref().map_or(self.left, Sparse::size);
        let old = header.as_old();
        let field = |bytes: &[u8], what: &str| number(bytes).inside(what).inside(&path);
        let device = |read: io::Result<Option<u32>>| read.ok().flatten().unwrap_or_default();
        let link = extensions.link.take();
        let xattrs = extensions.xattrs;
        let link = link.unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned());
        let attributes: usize = xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.budget.entry(path.len() + link.len() + attributes).inside(&path)?;
        Ok(Entry {
            kind,
            link,
            mode: u32::try_from(field(&old.mode, "its mode")? & 0o7777).unwrap_or_default(),
            uid: extensions.uid.map_or_else(|| field(&old.uid, "its owner"), Ok)?,
            gid: extensions.gid.map_or_else(|| field(&old.gid, "its group"), Ok)?,
            time: extensions.time.map_or_else(|| field(&old.mtime, "its time").map(u64::cast_signed), Ok)?,
            xattrs,
            device: (device(header.device_major()), device(header.device_minor())),
            size,
            name,
            path,
        })
    }

    /// Returns the next header. `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>, Error> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let count = read_up_to(&mut self.reader, block)?;
        self.position += count as u64;
        if count == 0 || block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if count < block.len() {
            return Err(Error::damaged("the archive ends within a header"));
        }
        if !has_valid_checksum(block) {
            return Err(Error::damaged("found bytes that are not a tar header; expected the next entry"));
        }
        Ok(Some(header))
    }

    fn begin(&mut self, size: u64) -> Result<(), Error> {
        // Eight exabytes are more than any file system can hold, and near the largest 64-bit number.
        if size > i64::MAX as u64 - BLOCK {
            return Err(Error::damaged(format!("{size} is not a valid file size")));
        }
        self.left = size;
        self.padding = size.next_multiple_of(BLOCK) - size;
        Ok(())
    }

    fn skip_content(&mut self) -> Result<(), Error> {
        self.sparse = None;
        let count = self.left + self.padding;
        self.reader.skip(count)?;
        self.position += count;
        (self.left, self.padding) = (0, 0);
        Ok(())
    }

    /// Reads an extended header. `size` is the size of those before it that are for the same entry. Each can have other attributes, so
    /// all of them are in memory together.
    fn extended_header(&mut self, size: &mut u64) -> Result<Vec<u8>, Error> {
        if self.left > LONGEST_HEADER {
            let problem =
                format!("an extended header has {} bytes; expected at most {LONGEST_HEADER}", self.left);
            return Err(Error::damaged(problem));
        }
        *size += self.left;
        if *size > LONGEST_HEADER {
            let problem =
                format!("the extended headers of an entry have more than {LONGEST_HEADER} bytes together");
            return Err(Error::damaged(problem));
        }
        let mut bytes = vec![0; self.left as usize];
        self.read_stored(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads stored bytes of the content until the buffer is full.
    fn read_stored(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        let count = bytes.len() as u64;
        self.left = self.left.checked_sub(count).ok_or_else(|| Error::damaged("its content is too short"))?;
        self.reader.read_exact(bytes)?;
        self.position += count;
        Ok(())
    }
}

impl<R: Skip> Entries for Archive<'_, R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Error> {
        Archive::next_entry(self)
    }

    fn content(&mut self) -> Result<Box<dyn Read + '_>, Error> {
        Ok(Box::new(Archive::content(self)))
    }
}

/// A reader of the content of an entry. It returns zeros for the holes of a sparse file.
pub struct Content<'a, 'b, R>(&'a mut Archive<'b, R>);

impl<R: Skip> Read for Content<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let archive = &mut *self.0;
        let (hole, most) = match &archive.sparse {
            Some(sparse) => sparse.next(buffer.len()),
            None => (false, buffer.len().min(usize::try_from(archive.left).unwrap_or(usize::MAX))),
        };
        let buffer = &mut buffer[..most];
        let count = if hole {
            archive.budget.content(buffer.len() as u64)?;
            buffer.fill(0);
            buffer.len()
        } else {
            let count = archive.reader.read(buffer)?;
            if count == 0 && !buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            archive.left -= count as u64;
            archive.position += count as u64;
            count
        };
        if let Some(sparse) = &mut archive.sparse {
            sparse.advance(count as u64);
        }
        Ok(count)
    }
}

/// Whether a block is a header: its checksum is the sum of its bytes, in which the bytes of the checksum itself count as spaces.
pub fn has_valid_checksum(block: &[u8; 512]) -> bool {
    let field = 148..156;
    let byte = |(at, byte): (usize, &u8)| if field.contains(&at) { b' ' } else { *byte };
    let bytes = || block.iter().enumerate().map(byte);
    let unsigned: i64 = bytes().map(i64::from).sum();
    // Old programs added up signed bytes.
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    number(&block[field.clone()]).is_ok_and(|sum| [unsigned, signed].contains(&sum.cast_signed()))
}

fn kind_of(kind: EntryType, name: &[u8]) -> Result<EntryKind, Error> {
    Ok(match kind {
        // Archives from before the type for folders mark a folder with a trailing slash.
        EntryType::Regular if name.ends_with(b"/") => EntryKind::Folder,
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => EntryKind::File,
        EntryType::Directory => EntryKind::Folder,
        EntryType::Symlink => EntryKind::SymbolicLink,
        EntryType::Link => EntryKind::HardLink,
        EntryType::Char => EntryKind::CharacterDevice,
        EntryType::Block => EntryKind::BlockDevice,
        EntryType::Fifo => EntryKind::Pipe,
        other => {
            let kind = names::text_of(&[other.as_byte()]);
            return Err(Error::damaged(format!("an entry has the unknown type `{kind}`")));
        }
    })
}

fn zero_ended(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    bytes
}

/// Fills the buffer, or as much of it as the stream has bytes for. Returns the number of bytes.
fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests;
