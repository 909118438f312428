//! `checks`: image tests, which a built image has to pass. Each has one discriminator, and other keys beside it.

use super::{ABSOLUTE, ARGUMENTS, DEVICES, ENVIRONMENT, FILLED, LINE, OCTAL, OWNER, PATH, SIZE, TEXT, WORD};
use crate::schema::kinds::{CheckKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, KeyNames, Shape, TaggedUnion, UnionVariant, key};

/// The keys beside a script that runs in a built image.
pub(super) static SCRIPT: &[Key] = &[
    key("env", ENVIRONMENT, "Environment variables for this script only.").knows(KeyNames::Digests),
    key("user", OWNER, "The user for this script only."),
    key("workdir", PATH, "The working directory for this script only."),
    key("shell", ARGUMENTS, "The shell for this script only, with its arguments."),
    key("network", Shape::Scalar(Scalar::Word(&["default", "none", "host"])), "The network of the script."),
    key("devices", DEVICES, "CDI devices, such as `nvidia.com/gpu=all`."),
];

/// The keys beside every image test.
static REASON: &[Key] = &[key("because", FILLED, "The reason; varve shows it if the test fails.")];

/// The keys beside image tests of files and folders.
static OWNED: &[Key] = &[
    key("mode", OCTAL, "The expected mode."),
    key("owner", OWNER, "The expected owner, by name or number."),
];

/// A list of image tests.
pub(super) const CHECKS: Shape = Shape::List(&Shape::Union(&CHECK));

/// An image test.
static CHECK: TaggedUnion = TaggedUnion {
    noun: "an image test",
    variants: &[
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Run),
            key: key(
                "run",
                Shape::List(&Shape::Scalar(Scalar::Script)),
                "A shell script that must succeed in the image. It runs as the image's user, and its changes are discarded.",
            ),
            beside: &[SCRIPT, REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::File),
            key: key("file", ABSOLUTE, "A file that must exist. varve follows links."),
            beside: &[
                OWNED,
                &[
                    key("contains", ARGUMENTS, "Strings that the file must contain."),
                    key("sha256", Shape::Scalar(Scalar::Sha256), "The expected digest of its content."),
                ],
                REASON,
            ],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Dir),
            key: key("dir", ABSOLUTE, "A folder that must exist. varve follows links."),
            beside: &[OWNED, REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Absent),
            key: key(
                "absent",
                Shape::List(&ABSOLUTE),
                "Paths that must not exist. `*` and `?` match within one name, `**` matches any folders.",
            ),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::PackagesAbsent),
            key: key(
                "packages-absent",
                Shape::List(&WORD),
                "System packages that must not be installed. `*` and `?` are wildcards; a later pattern that starts with `!` \
                makes an exception.",
            ),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Linked),
            key: key(
                "linked",
                Shape::List(&ABSOLUTE),
                "Files and folders. Each program and library below them must find the libraries that it needs.",
            ),
            beside: &[
                &[key(
                    "except",
                    Shape::List(&WORD),
                    "Libraries that may be missing, such as `libcuda.so.1`. `*` and `?` are wildcards.",
                )],
                REASON,
            ],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::MaxSize),
            key: key("max-size", SIZE, "The maximum size of all files together."),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Env),
            key: key("env", LINE, "A variable that the image must set."),
            beside: &[&[key("is", TEXT, "The expected value; any value by default.")], REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::User),
            key: key("user", OWNER, "The expected user of the image, by name or number."),
            beside: &[REASON],
        },
    ],
};
