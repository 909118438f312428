//! The kinds of operations.

use crate::encode::Encode;
use crate::{
    BlobSource, Diff, Exec, File, GitSource, HttpSource, ImageSource, LocalSource, Merge, OciLayoutSource,
};

/// An operation: an instruction to BuildKit that produces one or more file systems.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Pulls an image from a registry.
    Image(ImageSource),
    /// Reads a folder of the client.
    Local(LocalSource),
    /// Checks out a git repository.
    Git(GitSource),
    /// Downloads a file.
    Http(HttpSource),
    /// Reads an image from an OCI layout of the client.
    OciLayout(OciLayoutSource),
    /// Reads a single blob from a registry or from an OCI layout of the client.
    Blob(BlobSource),
    /// Runs a process.
    Exec(Exec),
    /// Creates, copies and removes files without running a process.
    File(File),
    /// Merges file systems.
    Merge(Merge),
    /// Computes the difference of two file systems.
    Diff(Diff),
}

macro_rules! operations {
    ($($variant:ident $name:ident)*) => {
        $(impl From<$name> for Operation {
            fn from(operation: $name) -> Self {
                Self::$variant(operation)
            }
        })*

        impl Operation {
            pub(crate) fn as_encode(&self) -> &dyn Encode {
                match self { $(Self::$variant(operation) => operation),* }
            }
        }
    };
}

operations! {
    Image ImageSource
    Local LocalSource
    Git GitSource
    Http HttpSource
    OciLayout OciLayoutSource
    Blob BlobSource
    Exec Exec
    File File
    Merge Merge
    Diff Diff
}

/// The order in which the fields of an operation are encoded.
///
/// The digest of an operation depends on this order. BuildKit shares results between frontends by digest, so the order must be
/// the one that the daemon's own client uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldOrder {
    /// The member of the oneof `op` comes last. BuildKit 0.17 and later use this order.
    #[default]
    OpLast,
    /// The fields are sorted by number. BuildKit before 0.17 uses this order.
    ByNumber,
}
