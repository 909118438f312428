//! Errors: where something failed, and what was found there.

use std::fmt;
use std::io;

/// The error that an image cannot be read, or that an argument selects none.
#[derive(Debug)]
pub struct Error {
    place: Vec<String>,
    kind: ErrorKind,
}

/// The kind of an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system cannot read the file or the folder.
    #[error("{0}")]
    Io(io::Error),
    /// The path does not contain an image of any known form.
    #[error("found {found}; expected {expected}")]
    Form {
        /// What the path contains.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The image violates its own format, for example with a digest that does not match or an archive that ends early.
    #[error("{0}")]
    Damaged(String),
    /// The image is larger than a limit that the caller set.
    #[error("{what} is more than the limit of {limit} bytes")]
    Limit {
        /// What exceeds the limit.
        what: &'static str,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The part of the argument after `@` selects no image, or more than one.
    #[error("{0}")]
    Selection(String),
    /// An ignore pattern can never match a difference.
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

    /// Returns the error with a place in front of it, such as a file or an entry of an archive.
    pub(crate) fn inside(mut self, place: impl fmt::Display) -> Error {
        self.place.insert(0, place.to_string());
        self
    }

    /// Returns the kind of the error.
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

/// Returns the [`Error`] that a reader wrapped in a `std::io::Error`. A stream that ends early is damaged, and any other error
/// becomes [`ErrorKind::Io`].
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) => varve_archive::Error::from(error).into(),
        }
    }
}

impl From<varve_archive::Error> for Error {
    fn from(error: varve_archive::Error) -> Error {
        let (place, kind) = error.into_parts();
        let kind = match kind {
            varve_archive::ErrorKind::Io(error) => match error.downcast::<Error>() {
                // A reader of this crate failed below a reader of archives.
                Ok(own) => return Error { place: place.into_iter().chain(own.place).collect(), ..own },
                Err(error) => ErrorKind::Io(error),
            },
            varve_archive::ErrorKind::Damaged(problem) => ErrorKind::Damaged(problem),
            varve_archive::ErrorKind::Limit { what, limit } => ErrorKind::Limit { what, limit },
        };
        Error { place, kind }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::other(error)
    }
}

/// Adds a place to the error of a result.
pub(crate) trait Inside<T> {
    /// Returns the value, or the error with a place in front of it.
    fn inside(self, place: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E: Into<Error>> Inside<T> for Result<T, E> {
    fn inside(self, place: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|error| error.into().inside(place))
    }
}
