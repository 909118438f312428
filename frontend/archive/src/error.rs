//! Errors: where something failed, and what was found there.

use std::fmt;
use std::io;

/// The error that an archive cannot be read.
#[derive(Debug)]
pub struct Error {
    place: Vec<String>,
    kind: ErrorKind,
}

/// The kind of an error.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The operating system cannot read the file.
    #[error("{0}")]
    Io(io::Error),
    /// The archive violates its own format, for example because it ends early.
    #[error("{0}")]
    Damaged(String),
    /// The archive is larger than a limit that the caller set.
    #[error("{what} is more than the limit of {limit} bytes")]
    Limit {
        /// What exceeds the limit.
        what: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Error {
        Error { place: Vec::new(), kind }
    }

    /// Creates an error of the kind [`ErrorKind::Damaged`].
    pub fn damaged(problem: impl Into<String>) -> Error {
        Error::new(ErrorKind::Damaged(problem.into()))
    }

    /// Returns the error with a place in front of it, such as a file or an entry of an archive.
    #[must_use]
    pub fn inside(mut self, place: impl fmt::Display) -> Error {
        self.place.insert(0, place.to_string());
        self
    }

    /// Returns the places from outside to inside, and the kind.
    pub fn into_parts(self) -> (Vec<String>, ErrorKind) {
        (self.place, self.kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Returns the [`Error`] that a reader wrapped in a `std::io::Error`. A stream that ends early is damaged, and any other error
/// becomes [`ErrorKind::Io`].
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Error::damaged("it ends before its content does")
            }
            Err(error) => Error::new(ErrorKind::Io(error)),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::other(error)
    }
}

/// Adds a place to the error of a result.
pub trait Inside<T> {
    /// Returns the value, or the error with a place in front of it.
    ///
    /// # Errors
    /// Returns the error of the result.
    fn inside(self, place: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: Into<Error>> Inside<T> for Result<T, E> {
    fn inside(self, place: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|error| error.into().inside(place))
    }
}
