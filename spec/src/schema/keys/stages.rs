//! Stages: how file systems and their configuration are built.

use super::checks::CHECKS;
use super::image::IMAGE;
use super::{ENVIRONMENT, FILLED, STEPS, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{KeyNames, Keys, Shape, Table, key, table};

/// A stage.
pub(crate) static STAGE: Table = table(
    "a stage",
    &[
        key(
            "from",
            Shape::Either(&FILLED, &Shape::Table(&DOCKERFILE)),
            "What it starts from: an image, another stage or `scratch`.",
        )
        .required(),
        key("description", TEXT, "What it is for."),
        key(
            "platform",
            Shape::Scalar(Scalar::Word(&["target", "build"])),
            "Whether it runs on the target platform or on that of the build machine; where the stage it starts from does when left out.",
        ),
        key(
            "package-manager",
            Shape::Scalar(Scalar::Word(&["apt", "dnf", "microdnf", "tdnf", "yum", "zypper", "apk"])),
            "The package manager; when left out, that of the stage or image it starts from.",
        ),
        key("env", ENVIRONMENT, "Environment of the steps and of the image."),
        key("workdir", FILLED, "The directory of the steps and of the image; made when it is not there."),
        key("user", FILLED, "The user of the steps and of the image."),
        key("shell", TEXTS, "The shell of `run` steps, with its arguments."),
        key("mixins", TEXTS, "Mixins of all its steps."),
        key("flatten", Shape::Scalar(Scalar::Bool), "One layer of everything, with the configuration kept."),
        key("steps", STEPS, "What is done, in order."),
        key("image", Shape::Table(&IMAGE), "Configuration of the image that no step sees.").knows(KeyNames::Base),
        key("checks", CHECKS, "What has to hold of the built file system."),
    ],
).guarded();

/// A base that is a stage of an existing Dockerfile.
static DOCKERFILE: Table = table(
    "a Dockerfile base",
    &[
        key("dockerfile", FILLED, "The path of the Dockerfile in the context.").required(),
        key("target", FILLED, "The stage of it; the last when left out."),
        key("args", Shape::Map(Keys::Environment, &TEXT), "Its build arguments."),
    ],
);
