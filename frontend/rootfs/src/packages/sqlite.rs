//! Reads the blobs of a table in a SQLite file (<https://www.sqlite.org/fileformat2.html>). Only the parts of the format that this
//! needs are supported.

/// The limit for the depth of trees and the length of chains. Real files stay below it.
const MOST_DEPTH: usize = 20;

/// Returns the blobs in the second column of a table, in the order of its rows. `None` if the file does not have the supported
/// form.
pub(super) fn blobs(file: &[u8], table: &str) -> Option<Vec<Vec<u8>>> {
    let database = Database::open(file)?;
    let mut schema = Vec::new();
    database.rows(1, 0, &mut schema)?;
    let root = schema.iter().find_map(|row| {
        let columns = columns(row)?;
        let is_table = columns.first()?.bytes == b"table" && columns.get(1)?.bytes == table.as_bytes();
        is_table.then(|| columns.get(3).and_then(Column::integer))?
    })?;
    let mut rows = Vec::new();
    database.rows(usize::try_from(root).ok()?, 0, &mut rows)?;
    rows.iter().map(|row| Some(columns(row)?.get(1)?.bytes.to_vec())).collect()
}

struct Database<'f> {
    file: &'f [u8],
    page: usize,
    usable: usize,
}

/// A column of a row: its bytes and its type.
struct Column<'r> {
    bytes: &'r [u8],
    kind: u64,
}

impl Column<'_> {
    fn integer(&self) -> Option<u64> {
        match self.kind {
            1..=6 => Some(self.bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))),
            8 => Some(0),
            9 => Some(1),
            _ => None,
        }
    }
}

impl<'f> Database<'f> {
    fn open(file: &'f [u8]) -> Option<Self> {
        file.starts_with(b"SQLite format 3\0").then_some(())?;
        let page = match u16::from_be_bytes([*file.get(16)?, *file.get(17)?]) {
            1 => 1 << 16,
            size => usize::from(size),
        };
        let usable = page.checked_sub(usize::from(*file.get(20)?))?;
        (usable >= 480).then_some(Self { file, page, usable })
    }

    /// Adds the rows in the tree below a page.
    fn rows(&self, number: usize, depth: usize, rows: &mut Vec<Vec<u8>>) -> Option<()> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        let page = self.file.get(start..start.checked_add(self.page)?)?;
        // The first page starts with the header of the file.
        let head = if number == 1 { 100 } else { 0 };
        let short = |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
        let long =
            |at: usize| usize::try_from(u32::from_be_bytes(page.get(at..at + 4)?.try_into().ok()?)).ok();
        let kind = *page.get(head)?;
        let cells = head + if kind == 5 { 12 } else { 8 };
        for cell in 0..short(head + 3)? {
            let at = short(cells + 2 * cell)?;
            match kind {
                5 if depth < MOST_DEPTH => self.rows(long(at)?, depth + 1, rows)?,
                13 => rows.push(self.payload(page, at)?),
                _ => return None,
            }
        }
        if kind == 5 { self.rows(long(head + 8)?, depth + 1, rows) } else { Some(()) }
    }

    /// Returns the content of a cell in a leaf, including the parts on overflow pages.
    fn payload(&self, page: &[u8], at: usize) -> Option<Vec<u8>> {
        let (length, at) = varint(page, at)?;
        let (_, at) = varint(page, at)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= self.file.len())?;
        let most = self.usable - 35;
        let least = (self.usable - 12) * 32 / 255 - 23;
        let here = match length {
            length if length <= most => length,
            length => {
                Some(least + (length - least) % (self.usable - 4)).filter(|k| *k <= most).unwrap_or(least)
            }
        };
        let mut payload = page.get(at..at + here)?.to_vec();
        let mut next = if here < length { number(page, at + here)? } else { 0 };
        while payload.len() < length {
            let start = next.checked_sub(1)?.checked_mul(self.page)?;
            let more = self.file.get(start..start.checked_add(self.usable)?)?;
            let take = (length - payload.len()).min(self.usable - 4);
            payload.extend(more.get(4..4 + take)?);
            next = number(more, 0)?;
        }
        Some(payload)
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// Splits a row into its columns.
fn columns(row: &[u8]) -> Option<Vec<Column<'_>>> {
    let (length, mut at) = varint(row, 0)?;
    let mut body = usize::try_from(length).ok()?;
    let end = body;
    let mut columns = Vec::new();
    while at < end {
        let (kind, next) = varint(row, at)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => (kind - 12) / 2,
        };
        let stop = body.checked_add(usize::try_from(size).ok()?)?;
        columns.push(Column { bytes: row.get(body..stop)?, kind });
        (at, body) = (next, stop);
    }
    Some(columns)
}

/// Decodes a number of up to nine bytes. Returns it with the position after it.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value: u64 = 0;
    for index in 0..9 {
        let byte = *bytes.get(at + index)?;
        if index == 8 {
            return Some((value << 8 | u64::from(byte), at + 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}
