//! What can go wrong: where, and what was found.

use std::fmt;
use std::io;

/// An image that cannot be read, or an argument that selects none.
#[derive(Debug)]
pub struct Error {
    place: Vec<String>,
    kind: ErrorKind,
}

/// The kinds of errors, by whose mistake it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system cannot read the file or the folder.
    #[error("{0}")]
    Io(io::Error),
    /// The path holds none of the forms that an image can have.
    #[error("found {found}; expected {expected}")]
    Form {
        /// What the path holds.
        found: String,
        /// What it has to hold.
        expected: String,
    },
    /// The image breaks its own format: a digest that does not match, an archive that ends early.
    #[error("{0}")]
    Damaged(String),
    /// The image is larger than a limit that the caller set.
    #[error("{what} is more than the limit of {limit} bytes")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The part of the argument behind `@` selects no image, or more than one.
    #[error("{0}")]
    Selection(String),
    /// An ignore pattern that names nothing.
    #[error("{0}")]
    Pattern(String),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Error {
        Error { place: Vec::new(), kind }
    }

    pub(crate) fn damaged(problem: impl Into<String>) -> Error {
        Error::new(ErrorKind::Damaged(problem.into()))
    }

    pub(crate) fn selection(problem: impl Into<String>) -> Error {
        Error::new(ErrorKind::Selection(problem.into()))
    }

    /// The same error, with the place around it: a file, an entry of an archive.
    pub(crate) fn inside(mut self, place: impl fmt::Display) -> Error {
        self.place.insert(0, place.to_string());
        self
    }

    /// Its kind.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
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

/// Readers hand on our own errors inside of those of `std::io`.
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

/// Names the place of what failed.
pub(crate) trait Inside<T> {
    /// The value, or the error with the place around it.
    fn inside(self, place: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: Into<Error>> Inside<T> for Result<T, E> {
    fn inside(self, place: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|error| error.into().inside(place))
    }
}
