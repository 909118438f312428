//! Digests, which are computed while a stream is read.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256, Sha512};

use crate::base::error::Error;

/// A digest in a document, such as `sha256:…`: a known algorithm and lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest(String);

impl Digest {
    /// Parses a digest. A valid digest is safe to use in the name of a file.
    pub(crate) fn parse(text: &str) -> Result<Digest, Error> {
        let length = match text.split_once(':') {
            Some(("sha256", hex)) => (hex, 64),
            Some(("sha512", hex)) => (hex, 128),
            _ => return Err(Error::damaged(format!("`{text}` is not a digest of sha256 or sha512"))),
        };
        let (hex, length) = length;
        if hex.len() != length || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(Error::damaged(format!("`{text}` is not {length} lower-case hexadecimal digits")));
        }
        Ok(Digest(text.to_owned()))
    }

    /// Computes the SHA-256 of bytes.
    pub(crate) fn of(bytes: &[u8]) -> Digest {
        Hasher::Sha256(Sha256::new_with_prefix(bytes)).finish()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path in a layout of the blob with this digest.
    pub(crate) fn blob(&self) -> String {
        format!("blobs/{}", self.0.replacen(':', "/", 1))
    }

    /// Returns the hexadecimal digits without the algorithm.
    pub(crate) fn hex(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(_, hex)| hex)
    }

    /// Returns an error if the bytes do not have this digest.
    pub(crate) fn verify(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut hasher = Hasher::like(self);
        hasher.update(bytes);
        self.expect(&hasher.finish())
    }

    /// Returns an error if the computed digest is another one.
    pub(crate) fn expect(&self, computed: &Digest) -> Result<(), Error> {
        if self == computed {
            return Ok(());
        }
        let problem = format!("its content has the digest {}; expected {}", computed.0, self.0);
        Err(Error::damaged(problem))
    }
}

#[derive(Debug)]
enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    fn like(digest: &Digest) -> Hasher {
        match digest.0.starts_with("sha512:") {
            true => Hasher::Sha512(Sha512::new()),
            false => Hasher::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> Digest {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self {
            Hasher::Sha256(hasher) => Digest(format!("sha256:{}", hex(&hasher.finalize()))),
            Hasher::Sha512(hasher) => Digest(format!("sha512:{}", hex(&hasher.finalize()))),
        }
    }
}

/// A stream that computes the digest and the number of the bytes that are read from it.
#[derive(Debug)]
pub(crate) struct Hashed<R> {
    reader: R,
    hasher: Hasher,
    count: u64,
}

impl<R: Read> Hashed<R> {
    /// Creates a stream that computes SHA-256.
    pub(crate) fn new(reader: R) -> Hashed<R> {
        Hashed { reader, hasher: Hasher::Sha256(Sha256::new()), count: 0 }
    }

    /// Creates a stream that computes the algorithm of a digest.
    pub(crate) fn like(digest: &Digest, reader: R) -> Hashed<R> {
        Hashed { reader, hasher: Hasher::like(digest), count: 0 }
    }

    /// Reads the rest of the stream. Returns the digest and the size of all bytes.
    pub(crate) fn finish(mut self) -> io::Result<(Digest, u64)> {
        let mut buffer = vec![0; 1 << 16];
        while self.read(&mut buffer)? != 0 {}
        Ok((self.hasher.finish(), self.count))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.count += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn streams_have_the_digest_of_their_bytes() {
        assert_eq!(Digest::of(b"abc").as_str(), ABC);
        let mut stream = Hashed::new(b"abc".as_slice());
        assert_eq!(stream.read(&mut [0; 2]).unwrap(), 2);
        let (digest, size) = stream.finish().unwrap();
        assert_eq!((digest.as_str(), size), (ABC, 3));
        assert_eq!(digest.blob(), ABC.replace("sha256:", "blobs/sha256/"));
    }

    #[test]
    fn sha512_is_known() {
        let mut hasher = Hasher::Sha512(Sha512::new());
        hasher.update(b"abc");
        let digest = hasher.finish();
        assert_eq!(Digest::parse(digest.as_str()).unwrap(), digest);
        digest.verify(b"abc").unwrap();
    }

    #[test]
    fn a_digest_that_is_none_or_another_is_an_error() {
        for text in ["", "abc", "md5:00", "sha256:../../etc/passwd", "sha256:AB"] {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
        let error = Digest::parse(ABC).unwrap().verify(b"abd").unwrap_err().to_string();
        assert!(error.contains(&format!("expected {ABC}")), "{error}");
    }
}
