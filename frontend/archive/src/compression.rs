//! Decompresses streams. The compression is detected by the first bytes, because the media type of a layer can be wrong.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::Error;
use crate::limits::Budget;

/// The compression of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// The stream is not compressed, or in a way that is not known.
    Plain,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// zstd.
    Zstd,
}

/// The largest window of zstd and the largest dictionary of xz that is accepted, in bytes. `zstd --ultra` uses this size without
/// `--long`, and `xz -9` uses half of it.
const WINDOW: u64 = 128 << 20;
/// The largest memory that a decoder of xz may use, in KiB. It needs some memory beside its dictionary.
const XZ_MEMORY: u32 = (WINDOW >> 10) as u32 + 1024;
const BUFFER: usize = 1 << 16;
const START: u64 = 512;

impl Compression {
    /// Detects the compression by the first bytes of a stream.
    pub fn of(start: &[u8]) -> Compression {
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Compression::Bzip2,
            // An empty stream has no block, only the mark of its end.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Compression::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::Plain,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::Plain => "nothing",
            Compression::Gzip => "gzip",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
        })
    }
}

/// Returns the content of a stream that can be compressed. The content counts towards the limit.
///
/// # Errors
/// Returns an error if the stream cannot be read. Damage of its content is an error of the returned reader.
pub fn decompressed<'r>(
    mut reader: impl Read + 'r,
    budget: &'r Budget,
) -> Result<(Compression, Box<dyn Read + 'r>), Error> {
    let start = start_of(&mut reader)?;
    let compression = Compression::of(&start);
    let reader = BufReader::with_capacity(BUFFER, io::Cursor::new(start).chain(reader));
    let content: Box<dyn Read + 'r> = match compression {
        Compression::Plain => Box::new(Metered { reader, compression, budget }),
        Compression::Gzip => Box::new(Metered { reader: MultiGzDecoder::new(reader), compression, budget }),
        Compression::Bzip2 => Box::new(Metered { reader: MultiBzDecoder::new(reader), compression, budget }),
        Compression::Xz => {
            let reader = XzReader::new_mem_limit(reader, true, XZ_MEMORY);
            Box::new(Metered { reader, compression, budget })
        }
        Compression::Zstd => {
            Box::new(Metered { reader: Zstd { source: reader, frame: None }, compression, budget })
        }
    };
    Ok((compression, content))
}

/// Reads the first bytes of a stream, as many as detection needs, or the whole of a shorter stream.
///
/// # Errors
/// Returns an error if the stream cannot be read.
pub fn start_of(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(START as usize);
    reader.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// A stream that counts its bytes towards the limit.
struct Metered<'b, R> {
    reader: R,
    compression: Compression,
    budget: &'b Budget,
}

impl<R> Metered<'_, R> {
    /// Says which stream is damaged, if the decoder of the stream found that. Other errors stay as they are.
    fn readable(&self, error: io::Error) -> io::Error {
        use io::ErrorKind::{InvalidData, InvalidInput, OutOfMemory, Unsupported};
        let compression = self.compression;
        match error.kind() {
            OutOfMemory => {
                Error::damaged(format!("it needs more than {} MiB of memory", WINDOW >> 20)).into()
            }
            InvalidData | InvalidInput | Unsupported => {
                Error::damaged(format!("it is not a valid {compression} stream: {error}")).into()
            }
            _ => error,
        }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decoder of xz takes a read into an empty buffer for the end of the stream.
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.reader.read(buffer).map_err(|error| self.readable(error))?;
        self.budget.content(count as u64)?;
        Ok(count)
    }
}

/// Decompresses all frames of a zstd stream. Skippable frames are skipped.
struct Zstd<R: BufRead> {
    source: R,
    frame: Option<Box<FrameDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    /// Returns a decoder for the next frame with content. `None` at the end.
    fn next_frame(&mut self) -> io::Result<Option<Box<FrameDecoder>>> {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(WINDOW);
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
    use crate::limits::Limits;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        xz_with(text, lzma_rust2::XzOptions::with_preset(6))
    }

    fn xz_with(text: &[u8], options: lzma_rust2::XzOptions) -> Vec<u8> {
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
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
        for stream in [text.clone(), gzip(&text), bzip2(&text), xz(&text), zstd(&text)] {
            assert_eq!(check(&stream, &Limits::default()).unwrap(), text);
        }
        assert_eq!(check(b"", &Limits::default()).unwrap(), b"");
    }

    #[test]
    fn reads_into_an_empty_buffer_change_nothing() {
        let text = b"some text".repeat(1000);
        for stream in [gzip(&text), bzip2(&text), xz(&text), zstd(&text)] {
            let budget = Budget::new(&Limits::default());
            let (_, mut content) = decompressed(stream.as_slice(), &budget).unwrap();
            let (mut all, mut part) = (Vec::<u8>::new(), [0; 100]);
            loop {
                assert_eq!(content.read(&mut []).unwrap(), 0);
                match content.read(&mut part).unwrap() {
                    0 => break,
                    count => all.extend(&part[..count]),
                }
            }
            assert_eq!(all, text);
        }
    }

    #[test]
    fn streams_of_several_members_and_frames_are_read_whole() {
        for compress in [gzip, bzip2, xz] {
            assert_eq!(check(&[compress(b"a"), compress(b"b")].concat(), &Limits::default()).unwrap(), b"ab");
        }
        let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3].as_slice();
        let stream = [skipped, &zstd(b"a"), skipped, &zstd(b"b"), skipped].concat();
        assert_eq!(check(&stream, &Limits::default()).unwrap(), b"ab");
    }

    #[test]
    fn damaged_and_unknown_streams_are_errors() {
        let text = b"some text ".repeat(100);
        for mut stream in [gzip(&text), bzip2(&text), xz(&text), zstd(&text)] {
            let end = stream.len() - 3;
            assert!(check(&stream[..end], &Limits::default()).is_err());
            stream[end] ^= 1;
            assert!(check(&stream, &Limits::default()).is_err());
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let limits = Limits { content: 1 << 20, ..Limits::default() };
        let zeros = vec![0; 2 << 20];
        for stream in [gzip(&zeros), bzip2(&zeros), xz(&zeros), zstd(&zeros), zeros.clone()] {
            let error = check(&stream, &limits).unwrap_err().to_string();
            assert_eq!(error, "the decompressed content is more than the limit of 1048576 bytes");
        }
    }

    #[test]
    fn a_dictionary_of_xz_that_is_too_large_is_an_error() {
        let mut options = lzma_rust2::XzOptions::with_preset(1);
        options.lzma_options.dict_size = 64 << 20;
        assert_eq!(check(&xz_with(b"text", options.clone()), &Limits::default()).unwrap(), b"text");
        options.lzma_options.dict_size = 256 << 20;
        let error = check(&xz_with(b"text", options), &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("it needs more than 128 MiB of memory"), "{error}");
    }
}
