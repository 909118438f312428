//! Stages: how file systems and their configuration are built.

use super::checks::CHECKS;
use super::image::IMAGE;
use super::{ARGUMENTS, ENVIRONMENT, FILLED, OWNER, PATH, STEPS, TEXT, TEXTS, WORD};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{KeyNames, Keys, Shape, Table, key, table};

/// A stage.
pub(crate) static STAGE: Table = table(
    "a stage",
    &[
        key(
            "from",
            Shape::Either(&FILLED, &Shape::Table(&DOCKERFILE)),
            "The base: an image, another stage or `scratch`.",
        )
        .required(),
        key("description", TEXT, "What the stage is for."),
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
        key("env", ENVIRONMENT, "Environment variables for the steps and the image."),
        key("workdir", PATH, "The working directory of the steps and the image; varve creates it if needed."),
        key("user", OWNER, "The user of the steps and the image."),
        key("shell", ARGUMENTS, "The shell of `run` steps, with its arguments."),
        key("mixins", TEXTS, "Mixins for all steps."),
        key("flatten", Shape::Scalar(Scalar::Bool), "Whether the result is one layer with all files. The configuration stays."),
        key("steps", STEPS, "What to do, in order."),
        key("image", Shape::Table(&IMAGE), "Configuration of the image that the steps do not see.").knows(KeyNames::Base),
        key("checks", CHECKS, "Image tests for the file system and the configuration."),
    ],
).guarded();

/// A base that is a stage of an existing Dockerfile.
static DOCKERFILE: Table = table(
    "a Dockerfile base",
    &[
        key("dockerfile", PATH, "The path of the Dockerfile in the context.").required(),
        key("target", WORD, "The stage of the Dockerfile; the last one by default."),
        key("args", Shape::Map(Keys::Environment, &TEXT), "The build arguments of the Dockerfile."),
    ],
);
