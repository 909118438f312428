//! The mounts of steps.

use super::{ABSOLUTE, BOOL, FILLED, MODE, NUMBER, OCTAL, SIZE};
use crate::schema::kinds::{MountKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Shape, Table, TaggedUnion, UnionVariant, key, table};

/// An owner by number. A mount is made without a file system in which a name could be looked up.
const IDS: Shape = Shape::Scalar(Scalar::Ids);

/// A mount.
pub(crate) static MOUNT: TaggedUnion = TaggedUnion {
    noun: "a mount",
    variants: &[
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Cache),
            key: key("cache", ABSOLUTE, "A directory kept from build to build, at this path."),
            beside: &[&[
                key("id", FILLED, "Its name; the path when left out."),
                key(
                    "sharing",
                    Shape::Scalar(Scalar::Word(&["shared", "private", "locked"])),
                    "What several builds at once do: use it together, each one of its own, or one after the other.",
                ),
                key("owner", IDS, "Its owner by number, as it is made."),
                key("mode", OCTAL, "Its mode, as it is made."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Bind),
            key: key("bind", ABSOLUTE, "Files of the context, a stage or an image, at this path."),
            beside: &[&[
                key("from", FILLED, "A stage or an image; the context when left out."),
                key("source", FILLED, "The path there; all of it when left out."),
                key("writable", BOOL, "Whether the step may write to it; what it writes is dropped."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Secret),
            key: key("secret", FILLED, "A secret of the build, by its id."),
            beside: &[&[
                key("env", FILLED, "The environment variable that gets it."),
                key("to", ABSOLUTE, "The file that gets it; `/run/secrets/ID` when neither is given."),
                key("required", BOOL, "Whether the build fails without it; true when left out."),
                key("mode", OCTAL, "The mode of the file."),
                key("owner", IDS, "The owner of the file by number."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Ssh),
            key: key("ssh", FILLED, "An SSH agent of the build, by its id; `default` is the usual one."),
            beside: &[&[
                key("to", ABSOLUTE, "The path of the socket."),
                key("required", BOOL, "Whether the build fails without it; true when left out."),
                key("mode", OCTAL, "The mode of the socket."),
                key("owner", IDS, "The owner of the socket by number."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Tmpfs),
            key: key("tmpfs", ABSOLUTE, "A directory in memory, empty before and dropped after the step."),
            beside: &[&[key("size", SIZE, "Its largest size; no limit when left out.")]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Git),
            key: key("git", FILLED, "A commit of a repository, by its address."),
            beside: &[GIT, TO],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Download),
            key: key("download", FILLED, "A file from a URL, verified."),
            beside: &[DOWNLOAD_MOUNT, TO],
        },
    ],
};

/// The key for the mount point of fetched files.
static TO: &[Key] = &[key("to", ABSOLUTE, "The path.").required()];

/// The keys beside a git repository.
pub(super) static GIT: &[Key] = &[
    key("ref", FILLED, "A branch, tag or commit; the default branch when left out."),
    key("commit", Shape::Scalar(Scalar::Commit), "The commit that it must be."),
    key("subdir", FILLED, "The folder of the repository that is taken."),
    key("submodules", BOOL, "Whether submodules are taken too; true when left out."),
    key("keep-git-dir", BOOL, "Whether the folder `.git` is kept."),
];

/// The keys beside a download in `mounts`.
static DOWNLOAD_MOUNT: &[Key] = &[key("sha256", Shape::Scalar(Scalar::Sha256), "The digest of the content.")];

/// The keys beside a download in `steps`.
pub(super) static DOWNLOAD: &[Key] = &[
    key("sha256", Shape::Scalar(Scalar::Sha256), "The digest of the content."),
    key(
        "extract",
        Shape::Either(&BOOL, &Shape::Table(&EXTRACT)),
        "Whether it is an archive to unpack, and what is taken out of it.",
    ),
    key("mode", MODE, "The mode; 0644 when left out, that of the archive for what is unpacked."),
];

/// Which files of an archive are unpacked, and to which paths.
static EXTRACT: Table = table(
    "`extract`",
    &[
        key("strip", NUMBER, "How many folders are taken off the front of each path."),
        key("only", FILLED, "A pattern of paths in the archive."),
    ],
);
