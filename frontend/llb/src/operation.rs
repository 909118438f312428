//! The operations that a graph is made of.

use crate::encode::Encode;
use crate::{
    BlobSource, Diff, Exec, File, GitSource, HttpSource, ImageSource, LocalSource, Merge, OciLayoutSource,
};

/// One operation: what BuildKit does to make one or more file systems.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// An image of a registry.
    Image(ImageSource),
    /// A folder of the client.
    Local(LocalSource),
    /// A git repository.
    Git(GitSource),
    /// A download.
    Http(HttpSource),
    /// An image in a store of the client.
    OciLayout(OciLayoutSource),
    /// A single blob of a registry or of a store of the client.
    Blob(BlobSource),
    /// A process.
    Exec(Exec),
    /// File actions.
    File(File),
    /// Several file systems laid over each other.
    Merge(Merge),
    /// What one file system has over another.
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

/// The order of the fields of an operation, which its digest depends on. An operation that another frontend has in the same build
/// is found by its digest, so it counts how BuildKit itself writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldOrder {
    /// What the operation does comes last: BuildKit 0.17 and later.
    #[default]
    OpLast,
    /// By their numbers: BuildKit before 0.17.
    ByNumber,
}
