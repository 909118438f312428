#![doc = include_str!("../README.md")]

mod described;
mod entry;
mod error;
mod limits;
mod names;
mod compression;
mod tar;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod zip;

pub use compression::{Compression, decompressed, start_of};
pub use described::described;
pub use entry::{Entries, Entry, EntryKind};
pub use error::{Error, ErrorKind, Inside};
pub use limits::{Budget, Limits};
pub use names::{LONGEST, normal, path_of, text_of};
pub use tar::{Archive, Content, Skip, has_valid_checksum};
pub use zip::{Zip, is_zip};
