//! A tar archive, entry by entry. The framing is our own, for archives can be hostile: names and maps are read up to a limit,
//! and values of attributes may contain any byte.

mod number;
mod pax;
mod sparse;

use std::collections::BTreeMap;
use std::io::{self, Read};

use tar::{EntryType, Header};

use crate::base::error::{Error, Inside};
use crate::base::limits::Budget;
use crate::base::names;
use number::number;
use pax::Extensions;
use sparse::Sparse;

const BLOCK: u64 = 512;
/// The most that an extended header may take, as in other implementations.
const LONGEST_HEADER: u64 = 1 << 20;

/// A stream that can pass over bytes.
pub(crate) trait Skip: Read + Sized {
    /// Passes over bytes; an error when there are fewer.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match io::copy(&mut Read::take(&mut *self, count), &mut io::sink())? {
            passed if passed == count => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Skip for &[u8] {}
impl<R: Read + ?Sized> Skip for Box<R> {}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    SymbolicLink,
    HardLink,
    CharacterDevice,
    BlockDevice,
    Pipe,
}

/// What the archive says of an entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its path, normalised.
    pub(crate) path: String,
    pub(crate) kind: EntryKind,
    /// The target of a link, as it was written.
    pub(crate) link: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    /// Modification time in seconds since 1970.
    pub(crate) time: i64,
    pub(crate) xattrs: BTreeMap<String, Vec<u8>>,
    /// Major and minor number.
    pub(crate) device: (u32, u32),
    /// The size of its content, with holes.
    pub(crate) size: u64,
}

/// An archive that is being read.
#[derive(Debug)]
pub(crate) struct Archive<'b, R> {
    reader: R,
    budget: &'b Budget,
    /// Bytes read so far.
    position: u64,
    /// What is left of the content of the current entry, and of the zeros behind it.
    left: u64,
    padding: u64,
    sparse: Option<Sparse>,
}

impl<'b, R: Skip> Archive<'b, R> {
    pub(crate) fn new(reader: R, budget: &'b Budget) -> Archive<'b, R> {
        Archive { reader, budget, position: 0, left: 0, padding: 0, sparse: None }
    }

    /// The next entry; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Error> {
        let at = self.position;
        self.entry().inside(format!("the entry after byte {at} of the archive"))
    }

    /// Where the content of the current entry is in the archive, when it is in one piece.
    pub(crate) fn content_at(&self) -> Option<u64> {
        self.sparse.is_none().then_some(self.position)
    }

    /// The content of the current entry.
    pub(crate) fn content(&mut self) -> Content<'_, 'b, R> {
        Content(self)
    }

    fn entry(&mut self) -> Result<Option<Entry>, Error> {
        self.skip_content()?;
        let mut extensions = Extensions::default();
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let bytes = header.as_old();
            self.begin(number(&bytes.size).inside("its size")?)?;
            match header.entry_type() {
                EntryType::XHeader => extensions.read(&self.extended_header()?)?,
                EntryType::GNULongName => extensions.path = Some(zero_ended(self.extended_header()?)),
                EntryType::GNULongLink => extensions.link = Some(zero_ended(self.extended_header()?)),
                // As container engines do, nothing is taken from it: it holds comments.
                EntryType::XGlobalHeader => {}
                _ => return self.entry_of(&header, extensions).map(Some),
            }
            self.skip_content()?;
        }
    }

    fn entry_of(&mut self, header: &Header, mut extensions: Extensions) -> Result<Entry, Error> {
        let name = extensions.path.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let mut path = names::path_of(&name)?;
        let kind = kind_of(header.entry_type(), &name).inside(&path)?;
        // What has no content has no bytes behind its header, whatever its size says.
        let stored = if kind == EntryKind::File { extensions.size.unwrap_or(self.left) } else { 0 };
        self.begin(stored)?;
        self.sparse = match kind {
            EntryKind::File => self.sparse_of(header, &mut extensions).inside(&path)?,
            _ => None,
        };
        if let Some(name) = extensions.sparse_name.take() {
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
            path,
        })
    }

    /// The next header; none at the end of the archive.
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
        // Eight exabytes are more than any file system holds, and near the end of the numbers.
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

    fn extended_header(&mut self) -> Result<Vec<u8>, Error> {
        if self.left > LONGEST_HEADER {
            let problem =
                format!("an extended header has {} bytes; expected at most {LONGEST_HEADER}", self.left);
            return Err(Error::damaged(problem));
        }
        let mut bytes = vec![0; self.left as usize];
        self.read_stored(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads bytes of the content as they are stored, all or none.
    fn read_stored(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        let count = bytes.len() as u64;
        self.left = self.left.checked_sub(count).ok_or_else(|| Error::damaged("its content is too short"))?;
        self.reader.read_exact(bytes)?;
        self.position += count;
        Ok(())
    }
}

/// The content of an entry: zeros where a sparse file has holes.
pub(crate) struct Content<'a, 'b, R>(&'a mut Archive<'b, R>);

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

/// Whether a block is a header, by its sum: of all bytes, with spaces for those of the sum itself.
pub(crate) fn has_valid_checksum(block: &[u8; BLOCK as usize]) -> bool {
    let field = 148..156;
    let byte = |(at, byte): (usize, &u8)| if field.contains(&at) { b' ' } else { *byte };
    let bytes = || block.iter().enumerate().map(byte);
    let unsigned: i64 = bytes().map(i64::from).sum();
    // Old programs summed up signed bytes.
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    number(&block[field.clone()]).is_ok_and(|sum| [unsigned, signed].contains(&sum.cast_signed()))
}

fn kind_of(kind: EntryType, name: &[u8]) -> Result<EntryKind, Error> {
    Ok(match kind {
        // Archives older than the type for folders.
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

/// Fills a buffer as far as the stream goes.
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
