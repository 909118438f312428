//! Sparse files, in the four forms in which archives store them.

use ::tar::Header;

use super::number::number;
use super::pax::Extensions;
use super::{Archive, BLOCK, Skip};
use crate::error::Error;

/// The pieces of a file that are stored. Between them are holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sparse {
    /// The start and the end of each piece in the file, in order.
    pieces: Vec<(u64, u64)>,
    size: u64,
    /// The position in the file up to which it was read, and the first piece that ends after it.
    position: u64,
    piece: usize,
}

impl Sparse {
    /// Returns the size including holes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns whether a hole comes next, and how many bytes of the hole or of the piece fit into a buffer.
    pub(super) fn next(&self, most: usize) -> (bool, usize) {
        let (start, end) = self.pieces.get(self.piece).copied().unwrap_or((self.size, self.size));
        let (hole, until) = if self.position < start { (true, start) } else { (false, end) };
        (hole, usize::try_from(until - self.position).unwrap_or(usize::MAX).min(most))
    }

    /// Advances the position by a number of bytes of a hole or of a piece.
    pub(super) fn advance(&mut self, count: u64) {
        self.position += count;
        while self.pieces.get(self.piece).is_some_and(|(_, end)| *end <= self.position) {
            self.piece += 1;
        }
    }

    /// Creates the map from the offset and the length of each piece. Returns an error unless the pieces are in order, lie within
    /// the file, and have as many bytes as are stored.
    fn of(numbers: &[u64], size: u64, stored: u64) -> Result<Sparse, Error> {
        let invalid = || Error::damaged("the map of a sparse file does not match its content");
        let (mut pieces, mut end, mut sum) = (Vec::new(), 0, 0_u64);
        let (pairs, rest) = numbers.as_chunks::<2>();
        for [offset, length] in pairs {
            let piece_end = offset.checked_add(*length).ok_or_else(invalid)?;
            if *offset < end || piece_end > size {
                return Err(invalid());
            }
            end = piece_end;
            sum += length;
            if *length > 0 {
                pieces.push((*offset, piece_end));
            }
        }
        if !rest.is_empty() || sum != stored {
            return Err(invalid());
        }
        Ok(Sparse { pieces, size, position: 0, piece: 0 })
    }
}

impl<R: Skip> Archive<'_, R> {
    /// Reads the map of the current entry. `None` if it is not a sparse file.
    pub(super) fn sparse_of(
        &mut self,
        header: &Header,
        extensions: &mut Extensions,
    ) -> Result<Option<Sparse>, Error> {
        if header.entry_type().is_gnu_sparse() {
            return self.old_map(header).map(Some);
        }
        let size = extensions.sparse_size;
        let numbers = match extensions.sparse_map.take() {
            _ if extensions.sparse_map_in_content => self.map_in_content()?,
            Some(numbers) => numbers,
            None => return Ok(None),
        };
        let size = size.ok_or_else(|| Error::damaged("a sparse file has no size"))?;
        Sparse::of(&numbers, size, self.left).map(Some)
    }

    /// Reads a map that starts in the header and continues in blocks after it.
    fn old_map(&mut self, header: &Header) -> Result<Sparse, Error> {
        let missing = || Error::damaged("a sparse file has no sparse header");
        let gnu = header.as_gnu().ok_or_else(missing)?;
        let size = number(&gnu.realsize)?;
        let mut numbers = Vec::new();
        for piece in gnu.sparse.iter().take_while(|piece| !piece.is_empty()) {
            numbers.extend([number(&piece.offset)?, number(&piece.numbytes)?]);
        }
        let mut more = gnu.isextended[0] == 1;
        while more {
            let mut block = [0; BLOCK as usize];
            self.reader.read_exact(&mut block)?;
            self.position += BLOCK;
            self.budget.entry(block.len())?;
            for piece in block[..504].chunks_exact(24).take_while(|piece| piece[0] != 0) {
                numbers.extend([number(&piece[..12])?, number(&piece[12..])?]);
            }
            more = block[504] == 1;
        }
        Sparse::of(&numbers, size, self.left)
    }

    /// Reads a map that is stored before the content as decimal numbers, one on each line: the number of pieces, then the offset
    /// and the length of each. Zero bytes fill the last block.
    fn map_in_content(&mut self) -> Result<Vec<u64>, Error> {
        let invalid = || Error::damaged("the map of a sparse file is invalid");
        let (mut numbers, mut open, mut needed) = (Vec::new(), None, 1);
        while numbers.len() < needed {
            let mut block = [0; BLOCK as usize];
            self.read_stored(&mut block)?;
            self.budget.entry(block.len())?;
            for byte in block {
                match byte {
                    _ if numbers.len() == needed => break,
                    b'0'..=b'9' => {
                        let number: u64 = open.unwrap_or(0);
                        let number =
                            number.checked_mul(10).and_then(|n| n.checked_add(u64::from(byte - b'0')));
                        open = Some(number.ok_or_else(invalid)?);
                    }
                    b'\n' => {
                        numbers.push(open.take().ok_or_else(invalid)?);
                        if numbers.len() == 1 {
                            let count =
                                usize::try_from(numbers[0]).ok().and_then(|count| count.checked_mul(2));
                            needed = count.and_then(|count| count.checked_add(1)).ok_or_else(invalid)?;
                        }
                    }
                    _ => return Err(invalid()),
                }
            }
        }
        numbers.remove(0);
        Ok(numbers)
    }
}
