//! The mounts of steps.

use super::stages::ORIGIN;
use super::steps::RETRY;
use super::{ABSOLUTE, BOOL, ID, MODE, NUMBER, OCTAL, PATH, PATHS, SIZE, URL};
use crate::schema::kinds::{MountKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Shape, Table, TaggedUnion, UnionVariant, key, table};
use crate::schema::written::Written;

/// An owner by number. A mount is made without a file system in which a name could be looked up.
const IDS: Shape = Shape::Scalar(Scalar::Ids);

/// A mount.
pub(crate) static MOUNT: TaggedUnion = TaggedUnion {
    noun: "a mount",
    variants: &[
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Cache),
            key: key("cache", ABSOLUTE, "A folder at this path that persists between builds."),
            beside: &[&[
                key("id", ID, "The name of the cache; the path by default."),
                key(
                    "sharing",
                    Shape::Scalar(Scalar::Word(&["shared", "private", "locked"])),
                    "How concurrent builds use the cache: they share it, each gets its own, or one waits for the other.",
                ),
                key("owner", IDS, "The owner of the folder, by number, when BuildKit creates it."),
                key("mode", OCTAL, "The mode of the folder, when BuildKit creates it."),
                key(
                    "from",
                    ORIGIN,
                    "A stage or an image whose files a new cache starts with. Each content of them has a cache of its own.",
                ),
                key("source", PATH, "The path in `from`; everything by default."),
                key("read-only", BOOL, "Whether the step can only read the cache."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Bind),
            key: key("bind", ABSOLUTE, "Files of the context, a stage or an image, mounted at this path."),
            beside: &[&[
                key("from", ORIGIN, "A stage or an image; the context by default."),
                key("source", PATH, "The path in the source; the whole source by default."),
                WRITABLE,
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Secret),
            key: key("secret", ID, "A secret of the build, by its id."),
            beside: &[&[
                key(
                    "env",
                    Shape::Scalar(Scalar::Written(Written::Variable)),
                    "The environment variable that holds the secret.",
                ),
                key(
                    "to",
                    ABSOLUTE,
                    "The file that holds the secret; `/run/secrets/ID` if neither `env` nor `to` is given.",
                ),
                key("required", BOOL, "Whether the build fails if the secret is missing; true by default."),
                key("mode", OCTAL, "The mode of the file."),
                key("owner", IDS, "The owner of the file, by number."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Ssh),
            key: key("ssh", ID, "An SSH agent of the build, by its id; `default` is the usual one."),
            beside: &[&[
                key("to", ABSOLUTE, "The path of the socket."),
                key("required", BOOL, "Whether the build fails if the agent is missing; true by default."),
                key("mode", OCTAL, "The mode of the socket."),
                key("owner", IDS, "The owner of the socket, by number."),
            ]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Tmpfs),
            key: key(
                "tmpfs",
                ABSOLUTE,
                "A folder in memory. It is empty at the start of the step and discarded at its end.",
            ),
            beside: &[&[key("size", SIZE, "The maximum size; no limit by default.")]],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Git),
            key: key("git", URL, "The files of a commit of a git repository, by its URL."),
            beside: &[GIT, FETCHED],
        },
        UnionVariant {
            kind: VariantKind::Mount(MountKind::Download),
            key: key("download", URL, "A downloaded file, by its URL, verified against its digest."),
            beside: &[DOWNLOAD_MOUNT, FETCHED],
        },
    ],
};

const WRITABLE: Key =
    key("writable", BOOL, "Whether the step can write to the mount. Its changes are discarded.");

/// The keys of a mount of fetched files.
static FETCHED: &[Key] = &[key("to", ABSOLUTE, "The path of the mount.").required(), WRITABLE];

/// The keys beside a git repository.
pub(super) static GIT: &[Key] = &[
    key(
        "ref",
        Shape::Scalar(Scalar::Written(Written::GitRef)),
        "A branch, tag or commit; the default branch if omitted.",
    ),
    key(
        "commit",
        Shape::Scalar(Scalar::Commit),
        "The expected commit. The build fails if `ref` is another commit.",
    ),
    key("subdir", PATH, "The folder of the repository to take; all of it by default."),
    key("submodules", BOOL, "Whether to fetch submodules; true by default."),
    key("keep-git-dir", BOOL, "Whether to keep the folder `.git`."),
    key("apply", PATHS, "Patches of the context to apply to the files of the repository, in this order."),
    AGAIN,
];

const AGAIN: Key = key("retry", RETRY, "How often to try again if the fetch fails.");

/// The keys beside a download in `mounts`.
static DOWNLOAD_MOUNT: &[Key] =
    &[key("sha256", Shape::Scalar(Scalar::Sha256), "The expected digest of the content."), AGAIN];

/// The keys beside a download in `steps`.
pub(super) static DOWNLOAD: &[Key] = &[
    key("sha256", Shape::Scalar(Scalar::Sha256), "The expected digest of the content."),
    UNPACKED,
    key("mode", MODE, "The mode; 0644 by default. Extracted files keep the mode of the archive by default."),
    AGAIN,
];

/// Whether files are unpacked.
pub(super) const UNPACKED: Key = key(
    "extract",
    Shape::Either(&BOOL, &EXTRACTED),
    "Whether to extract the file as an archive, and which of its files to take.",
);

static EXTRACTED: Shape = Shape::Table(&EXTRACT);

/// Which files of an archive are unpacked, and to which paths.
static EXTRACT: Table = table(
    "`extract`",
    &[
        key(
            "strip",
            NUMBER,
            "The number of folders to remove from the front of each path. The name of a file stays.",
        ),
        key("only", PATH, "A pattern of paths in the archive. It matches a folder with all that is in it."),
    ],
);
