//! Reads what the loader reads of an ELF file: the machine, the loader, the needed libraries and the folders to search for them
//! (System V ABI, "Program Loading and Dynamic Linking").
//!
//! The reader is a small one of its own: it reads a few tables, at any position of a file that can be larger than the memory, and every
//! number in them can be wrong.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The largest part of a table that is read.
const MOST_TABLE: u64 = 1 << 20;
/// The longest string that is read.
const MOST_STRING: usize = 16 << 10;

/// The types of segments.
const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
/// The tags of the dynamic section.
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_RUNPATH: u64 = 29;

/// The machine that a file is for. The loader takes only libraries for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Machine {
    /// Whether addresses have 64 bits.
    pub(super) wide: bool,
    /// Whether the first byte of a number is its highest one.
    pub(super) big: bool,
    /// The number of the machine (`e_machine`).
    pub(super) number: u64,
}

/// A program or library that the loader loads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Elf {
    pub(super) machine: Machine,
    /// The path of the loader. `None` for most libraries.
    pub(super) loader: Option<String>,
    /// The names of the libraries that it needs.
    pub(super) needed: Vec<String>,
    /// The name of the library itself.
    pub(super) soname: Option<String>,
    /// The folders to search for needed libraries, and for those of these libraries. The loader ignores them if there is a `runpath`.
    pub(super) rpath: Option<String>,
    /// The folders to search for needed libraries.
    pub(super) runpath: Option<String>,
}

/// Reads a file. Returns `None` if it is not a program or library that a loader loads: not an ELF file, linked statically, or damaged.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<Elf>, String> {
    let cannot_read = |error| format!("cannot read {}: {error}", path.display());
    let file = File::open(path).map_err(cannot_read)?;
    let start = part(&file, 0, 64).map_err(cannot_read)?;
    match Reader::new(&file, &start) {
        Some(reader) => reader.elf(&start).map_err(cannot_read),
        None => Ok(None),
    }
}

/// A segment of a file.
struct Segment {
    kind: u64,
    offset: u64,
    address: u64,
    size: u64,
}

struct Reader<'f> {
    file: &'f File,
    machine: Machine,
}

impl<'f> Reader<'f> {
    /// Returns `None` if the file does not start with the header of a program or library.
    fn new(file: &'f File, start: &[u8]) -> Option<Self> {
        let [0x7f, b'E', b'L', b'F', class @ (1 | 2), data @ (1 | 2), ..] = *start else { return None };
        let machine = Machine { wide: class == 2, big: data == 2, number: 0 };
        let number = Reader { file, machine }.number(start, 18, 2)?;
        let reader = Reader { file, machine: Machine { number, ..machine } };
        // ET_EXEC and ET_DYN; not, for example, an object file.
        matches!(reader.number(start, 16, 2)?, 2 | 3).then_some(reader)
    }

    /// Returns a number of this length in bytes. `None` if the bytes end before it.
    fn number(&self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        let join = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(if self.machine.big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
    }

    /// Returns the first value for files with 64 bits, and the second one for files with 32 bits.
    fn by_width<T>(&self, wide: T, narrow: T) -> T {
        if self.machine.wide { wide } else { narrow }
    }

    fn elf(&self, start: &[u8]) -> std::io::Result<Option<Elf>> {
        let Some(segments) = self.segments(start)? else { return Ok(None) };
        let of_kind = |kind| segments.iter().find(move |segment| segment.kind == kind);
        let Some(dynamic) = of_kind(PT_DYNAMIC) else { return Ok(None) };
        let table = part(self.file, dynamic.offset, dynamic.size.min(MOST_TABLE))?;
        let word = self.by_width(8, 4);
        let tags = table
            .chunks_exact(2 * word)
            .filter_map(|entry| Some((self.number(entry, 0, word)?, self.number(entry, word, word)?)));
        let tags: Vec<(u64, u64)> = tags.take_while(|(tag, _)| *tag != DT_NULL).collect();
        let value = |wanted| tags.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value);
        let Some(strings) = value(DT_STRTAB).and_then(|address| offset_of(&segments, address)) else {
            return Ok(None);
        };
        let text = |at: Option<u64>| match at.and_then(|at| strings.checked_add(at)) {
            Some(at) => string(self.file, at),
            None => Ok(None),
        };
        // The names are parts of the file. If they are longer than the file together, it is made to use up the memory.
        let mut left = self.file.metadata()?.len().min(MOST_TABLE);
        let mut needed = Vec::new();
        for (_, at) in tags.iter().filter(|(tag, _)| *tag == DT_NEEDED) {
            let Some(name) = text(Some(*at))? else { return Ok(None) };
            let Some(rest) = left.checked_sub(1 + name.len() as u64) else { return Ok(None) };
            left = rest;
            needed.push(name);
        }
        let loader = match of_kind(PT_INTERP) {
            Some(segment) => string(self.file, segment.offset)?,
            None => None,
        };
        Ok(Some(Elf {
            machine: self.machine,
            loader,
            needed,
            soname: text(value(DT_SONAME))?,
            rpath: text(value(DT_RPATH))?,
            runpath: text(value(DT_RUNPATH))?,
        }))
    }

    /// Reads the table of segments. `None` if its description is wrong.
    fn segments(&self, start: &[u8]) -> std::io::Result<Option<Vec<Segment>>> {
        let (at, word) = self.by_width((32, 8), (28, 4));
        let (length_at, length) = self.by_width((54, 56), (42, 32));
        let place = (
            self.number(start, at, word),
            self.number(start, length_at, 2),
            self.number(start, length_at + 2, 2),
        );
        let (Some(at), Some(entry), Some(count)) = place else { return Ok(None) };
        if entry != length {
            return Ok(None);
        }
        let table = part(self.file, at, (entry * count).min(MOST_TABLE))?;
        let segments = table.chunks_exact(length as usize).filter_map(|bytes| {
            let (offset, address, size) = self.by_width((8, 16, 32), (4, 8, 16));
            Some(Segment {
                kind: self.number(bytes, 0, 4)?,
                offset: self.number(bytes, offset, word)?,
                address: self.number(bytes, address, word)?,
                size: self.number(bytes, size, word)?,
            })
        });
        Ok(Some(segments.collect()))
    }
}

/// Returns the position in the file of what is loaded to an address.
fn offset_of(segments: &[Segment], address: u64) -> Option<u64> {
    let inside = |segment: &&Segment| {
        segment.kind == PT_LOAD
            && address.checked_sub(segment.address).is_some_and(|distance| distance < segment.size)
    };
    let segment = segments.iter().find(inside)?;
    segment.offset.checked_add(address - segment.address)
}

/// Reads a string that ends at a NUL. `None` if it is too long or the file ends before.
fn string(file: &File, at: u64) -> std::io::Result<Option<String>> {
    let mut text: Vec<u8> = Vec::new();
    while text.len() < MOST_STRING {
        let Some(from) = at.checked_add(text.len() as u64) else { return Ok(None) };
        let bytes = part(file, from, 256)?;
        match bytes.iter().position(|byte| *byte == 0) {
            Some(end) => {
                text.extend_from_slice(&bytes[..end]);
                return Ok(Some(String::from_utf8_lossy(&text).into_owned()));
            }
            None if bytes.len() < 256 => return Ok(None),
            None => text.extend_from_slice(&bytes),
        }
    }
    Ok(None)
}

/// Reads a part of a file, up to this length. It is shorter if the file ends before.
pub(super) fn part(file: &File, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    // No file reaches a position that is not a number of the system.
    let rest = file.metadata()?.len().saturating_sub(at).min(length);
    let mut bytes = vec![0; rest as usize];
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], at + done as u64)? {
            0 => break,
            read => done += read,
        }
    }
    bytes.truncate(done);
    Ok(bytes)
}
