//! `checks`: image tests, which a built image has to pass. Each has one discriminator, and other keys beside it.

use super::{ABSOLUTE, DEVICES, ENVIRONMENT, FILLED, OCTAL, OWNER, SIZE, TEXT, TEXTS};
use crate::schema::kinds::{CheckKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Shape, TaggedUnion, UnionVariant, key};

/// The keys beside every image test.
static REASON: &[Key] = &[key("because", FILLED, "The reason, shown when the check fails.")];

/// The keys beside image tests of files and folders.
static OWNED: &[Key] =
    &[key("mode", OCTAL, "The mode it has."), key("owner", OWNER, "The owner it has, by name or number.")];

/// A list of image tests.
pub(super) const CHECKS: Shape = Shape::List(&Shape::Union(&CHECK));

/// An image test.
static CHECK: TaggedUnion = TaggedUnion {
    noun: "a check",
    variants: &[
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Run),
            key: key(
                "run",
                Shape::List(&Shape::Scalar(Scalar::Script)),
                "A shell script that succeeds in the image, as its user; what it writes is dropped.",
            ),
            beside: &[
                &[
                    key("env", ENVIRONMENT, "Environment of this script alone."),
                    key("user", FILLED, "The user of this script alone."),
                    key("workdir", FILLED, "The directory of this script alone."),
                    key("shell", TEXTS, "The shell of this script alone, with its arguments."),
                    key("network", Shape::Scalar(Scalar::Word(&["default", "none", "host"])), "Its network."),
                    key("devices", DEVICES, "CDI devices, such as `nvidia.com/gpu=all`."),
                ],
                REASON,
            ],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::File),
            key: key("file", ABSOLUTE, "A file that is there; links are followed."),
            beside: &[
                OWNED,
                &[
                    key("contains", TEXTS, "Texts that stand in it."),
                    key("sha256", Shape::Scalar(Scalar::Sha256), "The digest of its content."),
                ],
                REASON,
            ],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Dir),
            key: key("dir", ABSOLUTE, "A folder that is there; links are followed."),
            beside: &[OWNED, REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Absent),
            key: key(
                "absent",
                Shape::List(&ABSOLUTE),
                "Paths at which there is nothing; `*` and `?` stand for any name, `**` for any folders.",
            ),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::PackagesAbsent),
            key: key(
                "packages-absent",
                Shape::List(&FILLED),
                "Packages of the system that are not installed; `*` and `?` stand for any text, `!` in front of a later one makes an exception.",
            ),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::MaxSize),
            key: key("max-size", SIZE, "The most that all files together take."),
            beside: &[REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::Env),
            key: key("env", FILLED, "A variable that the image sets."),
            beside: &[&[key("is", TEXT, "The value it has; any when left out.")], REASON],
        },
        UnionVariant {
            kind: VariantKind::Check(CheckKind::User),
            key: key("user", FILLED, "The user of the image, by name or number."),
            beside: &[REASON],
        },
    ],
};
