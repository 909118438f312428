//! `facts`: values that a built file system tells. Each has one discriminator, and other keys beside it.

use super::checks::SCRIPT;
use super::{ABSOLUTE, FILLED};
use crate::schema::kinds::{FactKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Key, Keys, Shape, TaggedUnion, UnionVariant, key};

/// The keys that say which part of a text is the value.
static PART: &[Key] = &[
    key(
        "key",
        Shape::List(&FILLED),
        "A key of TOML, JSON or YAML: names separated by dots, or a list of names, which can contain dots.",
    ),
    key("regex", FILLED, "A regular expression. The value is its first group."),
];

/// The facts by name.
pub(super) const FACTS: Shape = Shape::Map(Keys::Identifier, &Shape::Union(&FACT));

/// A fact.
static FACT: TaggedUnion = TaggedUnion {
    noun: "a fact",
    variants: &[
        UnionVariant {
            kind: VariantKind::Fact(FactKind::Run),
            key: key(
                "run",
                Shape::List(&Shape::Scalar(Scalar::Script)),
                "A shell script that prints the value. It runs in the built image as its user, and its changes are discarded.",
            ),
            beside: &[SCRIPT, PART],
        },
        UnionVariant {
            kind: VariantKind::Fact(FactKind::File),
            key: key("file", ABSOLUTE, "A file of the built image. varve follows links."),
            beside: &[PART],
        },
    ],
};
