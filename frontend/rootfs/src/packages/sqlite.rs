//! Reads the blobs of a table in a SQLite file (<https://www.sqlite.org/fileformat2.html>). Only the parts of the format that this
//! needs are supported.
//!
//! The file can be made to need much time or memory. So each page is used once, and the rows together are not larger than the file.
//! This is true of every file that SQLite writes.

use std::collections::BTreeSet;

/// The limit for the depth of trees and the length of chains. Real files stay below it.
const MOST_DEPTH: usize = 20;

/// Returns the blobs in the second column of a table, in the order of its rows. `None` if the file does not have the supported
/// form.
pub(super) fn blobs(file: &[u8], table: &str) -> Option<Vec<Vec<u8>>> {
    let mut database = Database::open(file)?;
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

/// The number of columns of a row that are looked at.
const COLUMNS: usize = 4;

struct Database<'f> {
    file: &'f [u8],
    page: usize,
    usable: usize,
    /// The numbers of the pages that were used.
    used: BTreeSet<usize>,
    /// How many bytes the rows that were not read yet can have together.
    left: usize,
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
        (usable >= 480).then_some(Self { file, page, usable, used: BTreeSet::new(), left: file.len() })
    }

    /// Returns a page that was not used before.
    fn page(&mut self, number: usize) -> Option<&'f [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        let page = self.file.get(start..start.checked_add(self.page)?)?;
        self.used.insert(number).then_some(page)
    }

    /// Adds the rows in the tree below a page.
    fn rows(&mut self, number: usize, depth: usize, rows: &mut Vec<Vec<u8>>) -> Option<()> {
        let page = self.page(number)?;
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
    fn payload(&mut self, page: &[u8], at: usize) -> Option<Vec<u8>> {
        let (length, at) = varint(page, at)?;
        let (_, at) = varint(page, at)?;
        let length = usize::try_from(length).ok()?;
        self.left = self.left.checked_sub(length)?;
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
            let more = self.page(next)?;
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

/// Returns the first columns of a row.
fn columns(row: &[u8]) -> Option<Vec<Column<'_>>> {
    let (length, mut at) = varint(row, 0)?;
    let mut body = usize::try_from(length).ok()?;
    let end = body;
    let mut columns = Vec::new();
    while at < end && columns.len() < COLUMNS {
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

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 512;

    /// A file of pages with a table `Packages`, whose root is the second page.
    fn file(pages: &[Vec<u8>]) -> Vec<u8> {
        let mut first = b"SQLite format 3\0\x02\0".to_vec();
        first.resize(100, 0);
        // A leaf with one cell.
        first.extend([13, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
        first.resize(256, 0);
        // The lengths of the payload and of its head, the number of the row, and `table`, `Packages`, a name, 2.
        first.extend([20, 1, 5, 23, 29, 13, 1]);
        first.extend(b"tablePackages\x02");
        let mut file = first;
        file.resize(PAGE, 0);
        for page in pages {
            file.extend(page);
            file.resize(file.len().next_multiple_of(PAGE), 0);
        }
        file
    }

    /// An inner page whose children are these pages.
    fn inner(children: &[u32]) -> Vec<u8> {
        let (last, cells) = children.split_last().unwrap();
        let mut page = vec![5, 0, 0];
        page.extend((cells.len() as u16).to_be_bytes());
        page.extend([0, 0, 0]);
        page.extend(last.to_be_bytes());
        let content = 12 + 2 * cells.len();
        page.extend((0..cells.len()).flat_map(|cell| ((content + 4 * cell) as u16).to_be_bytes()));
        page.extend(cells.iter().flat_map(|child| child.to_be_bytes()));
        page
    }

    /// A leaf whose cells have these places in it. At 100 there is a row with the blob `b`, at 200 a row of 600 bytes, the rest of which
    /// is on the fourth page.
    fn leaf(cells: &[u16]) -> Vec<u8> {
        let mut page = vec![13, 0, 0];
        page.extend((cells.len() as u16).to_be_bytes());
        page.extend([0, 0, 0]);
        page.extend(cells.iter().flat_map(|cell| cell.to_be_bytes()));
        page.resize(100, 0);
        page.extend([4, 1, 3, 0, 14]);
        page.extend(b"b");
        page.resize(200, 0);
        // A payload of 600 bytes, of which 92 are here.
        page.extend([0x84, 0x58, 1, 4, 0, 0x89, 0x34]);
        page.resize(200 + 3 + 92, b'x');
        page.extend(4_u32.to_be_bytes());
        page
    }

    #[test]
    fn rows_of_a_tree() {
        let blobs = blobs(&file(&[inner(&[3, 4]), leaf(&[100]), leaf(&[100])]), "Packages");
        assert_eq!(blobs, Some(vec![b"b".to_vec(), b"b".to_vec()]));
    }

    #[test]
    fn inner_pages_that_share_their_children_are_damaged() {
        // Twenty levels, each of which points to the next one a hundred times.
        let pages: Vec<Vec<u8>> = (3..23).map(|next| inner(&[next; 100])).collect();
        assert_eq!(blobs(&file(&pages), "Packages"), None);
        assert_eq!(blobs(&file(&[inner(&[2, 2])]), "Packages"), None);
    }

    #[test]
    fn cells_that_share_their_content_are_damaged() {
        assert_eq!(blobs(&file(&[leaf(&[200, 200]), Vec::new(), vec![0; 512]]), "Packages"), None);
        let (cells, count) = (vec![100; 40], 40);
        // The rows of one page are not larger than the page, however often its cells point to them.
        let rows = blobs(&file(&[leaf(&cells)]), "Packages").unwrap();
        assert_eq!(rows.len(), count);
        let pages: Vec<Vec<u8>> =
            [inner(&(3..23).collect::<Vec<_>>())].into_iter().chain((0..20).map(|_| wide())).collect();
        assert_eq!(blobs(&file(&pages), "Packages"), None);
    }

    /// A leaf of a hundred cells with the same content, which has a hundred bytes.
    fn wide() -> Vec<u8> {
        let mut page = vec![13, 0, 0, 0, 100, 0, 0, 0];
        page.extend([300_u16.to_be_bytes(); 100].concat());
        page.resize(300, 0);
        page.extend([100, 1, 4, 0, 0x81, 0x4a]);
        page
    }
}
