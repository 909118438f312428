//! Stages: how file systems and their configuration are built.

use super::checks::CHECKS;
use super::declared::VARS;
use super::facts::FACTS;
use super::image::IMAGE;
use super::sharing::PARAMETERS;
use super::{ARGUMENTS, ENVIRONMENT, FILLED, OWNER, PATH, STEPS, TEXT, TEXTS, WORD};
use crate::schema::kinds::{BaseKind, VariantKind};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{
    Key, KeyNames, Keys, MapKind, Shape, Table, TaggedUnion, UnionVariant, key, table,
};

/// A stage.
pub(crate) static STAGE: Table = table(
    "a stage",
    &[
        key(
            "from",
            Shape::Either(&FILLED, &Shape::Union(&BASE)),
            "The base: an image, another stage or `scratch`.",
        )
        .required(),
        key("description", TEXT, "What the stage is for."),
        key(
            "params",
            PARAMETERS,
            "The parameters: a default for each, or a map with `type`, `default`, `required` and so on.",
        ),
        key("vars", VARS, "Values derived from the parameters and other names, for this stage only."),
        key(
            "platform",
            Shape::Scalar(Scalar::Word(&["target", "build"])),
            "Whether the stage runs on the target platform or on the build platform. By default it runs where its base runs.",
        ),
        key(
            "package-manager",
            Shape::Scalar(Scalar::Word(&["apt", "dnf", "microdnf", "tdnf", "yum", "zypper", "apk"])),
            "The package manager; by default that of the base.",
        ),
        key("env", ENVIRONMENT, "Environment variables for the steps and the image.").knows(KeyNames::Digests),
        key("workdir", PATH, "The working directory of the steps and the image; varve creates it if needed."),
        key("user", OWNER, "The user of the steps and the image."),
        key("shell", ARGUMENTS, "The shell of `run` steps, with its arguments."),
        key("mixins", TEXTS, "Mixins for all steps."),
        key(
            "flatten",
            Shape::Scalar(Scalar::Word(&["true", "false", "own"])),
            "`true`: the result is one layer with all files. `own`: what the steps change is one layer over those of the base. The \
             configuration stays.",
        ),
        key("steps", STEPS, "What to do, in order."),
        key("image", Shape::Table(&IMAGE), "Configuration of the image that the steps do not see.").knows(KeyNames::Base),
        key("checks", CHECKS, "Image tests for the file system and the configuration."),
        key("facts", FACTS, "Values that the built file system tells, for labels, annotations and tags."),
    ],
).guarded().declaring();

/// A base that is written as a map.
static BASE: TaggedUnion = TaggedUnion {
    noun: "a base",
    variants: &[
        UnionVariant {
            kind: VariantKind::Base(BaseKind::Dockerfile),
            key: key(
                "dockerfile",
                PATH,
                "The path of a Dockerfile in the context, one of whose stages is the base.",
            ),
            beside: &[&[
                key("target", WORD, "The stage of the Dockerfile; the last one by default."),
                key("args", Shape::Map(Keys::Environment, &TEXT), "The build arguments of the Dockerfile."),
            ]],
        },
        UnionVariant { kind: VariantKind::Base(BaseKind::Stage), key: CALLED, beside: &[&[WITH]] },
    ],
};

/// The stage and the arguments of a reference to a stage.
const CALLED: Key = key("stage", FILLED, "The name of a stage of the file.");
const WITH: Key =
    key("with", Shape::Map(Keys::Free, &Shape::Anything), "The values of the parameters of the stage.");

/// The name of a stage or image, or a stage with arguments.
pub(super) const ORIGIN: Shape = Shape::Either(&FILLED, &Shape::Table(&CALL));

/// A stage with arguments.
static CALL: Table = table("a stage with arguments", &[CALLED.required(), WITH]);

/// Whether a map names a stage and has the arguments for it.
pub(crate) fn is_call(kind: MapKind) -> bool {
    match kind {
        MapKind::Names => false,
        MapKind::Table(table) => std::ptr::eq(table, &CALL),
        MapKind::Variant(variant) => variant.kind == VariantKind::Base(BaseKind::Stage),
    }
}
