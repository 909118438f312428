//! The kinds of operations.

use crate::encode::Encode;
use crate::{
    BlobSource, Copy, Diff, Exec, File, GitSource, HttpSource, ImageSource, LocalSource, Merge, MountKind,
    OciLayoutSource, Output,
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

/// What an operation reads of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<'o> {
    /// All of it.
    Whole,
    /// What is at a path, which is relative to the root of the input. Empty and `/` are the whole input.
    Path(&'o str),
    /// What a copy selects.
    Copy(&'o Copy),
}

impl Operation {
    /// Replaces each input of the operation, and says what the operation reads of it. An input that is used several times is passed several
    /// times.
    pub fn replace_inputs(&mut self, mut replace: impl FnMut(Output, Read<'_>) -> Output) {
        let mut whole = |input: &mut Output| *input = replace(*input, Read::Whole);
        match self {
            Self::Merge(merge) => {
                [&mut merge.first, &mut merge.second].into_iter().chain(&mut merge.rest).for_each(whole);
            }
            Self::Diff(diff) => diff.upper.iter_mut().chain([&mut diff.lower]).for_each(whole),
            Self::Exec(exec) => {
                exec.root.iter_mut().for_each(&mut whole);
                for mount in &mut exec.mounts {
                    let (source, selector) = match &mut mount.kind {
                        MountKind::Bind(bind) => (&mut bind.source, &bind.selector),
                        MountKind::Cache(cache) => (&mut cache.seed, &cache.selector),
                        MountKind::Tmpfs { .. } => continue,
                    };
                    if let Some(source) = source {
                        *source = replace(*source, Read::Path(selector));
                    }
                }
            }
            Self::File(file) => {
                file.base.iter_mut().chain(&mut file.accounts).for_each(&mut whole);
                for copy in file.copies_mut() {
                    if let Some(source) = copy.source {
                        copy.source = Some(replace(source, Read::Copy(copy)));
                    }
                }
            }
            Self::Image(_)
            | Self::Local(_)
            | Self::Git(_)
            | Self::Http(_)
            | Self::OciLayout(_)
            | Self::Blob(_) => {}
        }
    }
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
