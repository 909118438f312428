/// A point in time, in whole seconds since 1970, as `SOURCE_DATE_EPOCH` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01.
    pub seconds: u32,
}
