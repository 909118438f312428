//! Compressed streams, known by their first bytes: what a media type says of a layer is not always true.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::base::error::Error;
use crate::base::limits::Budget;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

/// The window of zstd that a decoder has to hold: what `zstd --ultra` makes without `--long`.
const ZSTD_WINDOW: u64 = 128 << 20;
const BUFFER: usize = 1 << 16;
const START: u64 = 512;

impl Compression {
    /// By the first bytes of a stream.
    pub(crate) fn of(start: &[u8]) -> Result<Compression, Error> {
        match start {
            [0x1f, 0x8b, ..] => Ok(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Compression::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Err(unknown("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(unknown("xz")),
            _ => Ok(Compression::Plain),
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::Plain => "nothing",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        })
    }
}

fn unknown(name: &str) -> Error {
    Error::damaged(format!("it is compressed with {name}; expected gzip, zstd or no compression"))
}

/// The content of a stream that may be compressed. It counts towards the limit.
pub(crate) fn decompressed<'r>(
    mut reader: impl Read + 'r,
    budget: &'r Budget,
) -> Result<(Compression, Box<dyn Read + 'r>), Error> {
    let start = start_of(&mut reader)?;
    let compression = Compression::of(&start)?;
    let reader = BufReader::with_capacity(BUFFER, io::Cursor::new(start).chain(reader));
    let content: Box<dyn Read + 'r> = match compression {
        Compression::Plain => Box::new(Metered { reader, budget }),
        Compression::Gzip => Box::new(Metered { reader: MultiGzDecoder::new(reader), budget }),
        Compression::Zstd => Box::new(Metered { reader: Zstd { source: reader, frame: None }, budget }),
    };
    Ok((compression, content))
}

/// The first bytes of a stream, as many as are needed to know its form, or all of a shorter one.
pub(crate) fn start_of(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(START as usize);
    reader.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// A stream that counts towards the limit.
struct Metered<'b, R> {
    reader: R,
    budget: &'b Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.budget.content(count as u64)?;
        Ok(count)
    }
}

/// All frames of a zstd stream; those that are not for decoders are passed over.
struct Zstd<R: BufRead> {
    source: R,
    frame: Option<Box<FrameDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    /// The next frame with content; none at the end.
    fn next_frame(&mut self) -> io::Result<Option<Box<FrameDecoder>>> {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(ZSTD_WINDOW);
        while !self.source.fill_buf()?.is_empty() {
            match decoder.init(&mut self.source) {
                Ok(()) => return Ok(Some(decoder)),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(invalid(error)),
            }
        }
        Ok(None)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(frame) = self.frame.as_mut() else {
                match self.next_frame()? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(0),
                }
                continue;
            };
            while frame.can_collect() == 0 && !frame.is_finished() {
                frame
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(invalid)?;
            }
            let count = frame.read(buffer)?;
            if count != 0 {
                return Ok(count);
            }
            if frame.get_checksum_from_data().is_some_and(|sum| frame.get_calculated_checksum() != Some(sum))
            {
                return Err(Error::damaged("the content of a zstd frame does not match its checksum").into());
            }
            self.frame = None;
        }
    }
}

fn invalid(error: FrameDecoderError) -> io::Error {
    Error::damaged(format!("it is not a valid zstd stream: {error}")).into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::base::limits::Limits;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn check(stream: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
        let budget = Budget::new(limits);
        let (_, mut content) = decompressed(stream, &budget)?;
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn every_compression_is_undone() {
        let text = b"some text, some text, some text".repeat(10_000);
        for stream in [text.clone(), gzip(&text), zstd(&text)] {
            assert_eq!(check(&stream, &Limits::default()).unwrap(), text);
        }
        assert_eq!(check(b"", &Limits::default()).unwrap(), b"");
    }

    #[test]
    fn streams_of_several_members_and_frames_are_read_whole() {
        assert_eq!(check(&[gzip(b"a"), gzip(b"b")].concat(), &Limits::default()).unwrap(), b"ab");
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3].as_slice();
        let stream = [skipped, &zstd(b"a"), skipped, &zstd(b"b"), skipped].concat();
        assert_eq!(check(&stream, &Limits::default()).unwrap(), b"ab");
    }

    #[test]
    fn damaged_and_unknown_streams_are_errors() {
        let text = b"some text ".repeat(100);
        for mut stream in [gzip(&text), zstd(&text)] {
            let end = stream.len() - 3;
            assert!(check(&stream[..end], &Limits::default()).is_err());
            stream[end] ^= 1;
            assert!(check(&stream, &Limits::default()).is_err());
        }
        let error = check(b"\xfd7zXZ\0...", &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "it is compressed with xz; expected gzip, zstd or no compression");
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let limits = Limits { content: 1 << 20, ..Limits::default() };
        for stream in [gzip(&vec![0; 2 << 20]), zstd(&vec![0; 2 << 20]), vec![0; 2 << 20]] {
            let error = check(&stream, &limits).unwrap_err().to_string();
            assert_eq!(error, "the decompressed content is more than the limit of 1048576 bytes");
        }
    }
}
