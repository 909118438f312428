//! Modification times of files.

/// A point in time in whole seconds, as in `SOURCE_DATE_EPOCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// The seconds since 1970-01-01.
    pub seconds: u32,
}
