//! `image`: configuration of the image that does not affect steps.

use super::{ARGUMENT, ENVIRONMENT, NUMBER, OWNER, PATH, PATHS, SETTING};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{KeyNames, Keys, Shape, Table, key, table};
use crate::schema::written::Written;

const COMMAND: Shape = Shape::List(&ARGUMENT);
const LABELS: Shape = Shape::Map(Keys::Written(Written::LabelName), &SETTING);
const DURATION: Shape = Shape::Scalar(Scalar::Duration);

/// The configuration of the image.
pub(crate) static IMAGE: Table = table(
    "`image`",
    &[
        key(
            "entrypoint",
            COMMAND,
            "The program and its first arguments as a list, or a string for the shell. `[]` removes the base's entrypoint.",
        ),
        key(
            "cmd",
            COMMAND,
            "The default arguments as a list, or a string for the shell. `[]` removes the base's arguments.",
        ),
        key("env", ENVIRONMENT, "Environment variables of the container that the build steps do not see.")
            .knows(KeyNames::Digests),
        key("labels", LABELS, "Labels.").knows(KeyNames::DigestsAndFacts),
        key("annotations", LABELS, "Annotations of the manifest.").knows(KeyNames::DigestsAndFacts),
        key(
            "index-annotations",
            LABELS,
            "Annotations of the index, which an image for several platforms or with attestations has.",
        )
        .knows(KeyNames::DigestsAndFacts),
        key("user", OWNER, "The user of the container."),
        key("workdir", PATH, "The working directory of the container."),
        key("expose", Shape::List(&Shape::Scalar(Scalar::Port)), "Ports, such as `8080` or `53/udp`."),
        key("volumes", PATHS, "Paths that are volumes."),
        key(
            "healthcheck",
            Shape::Table(&HEALTHCHECK),
            "How the container engine tests that the container is healthy.",
        ),
        key("stop-signal", Shape::Scalar(Scalar::Signal), "The signal that stops the container."),
    ],
);

/// The healthcheck of containers of the image.
pub(crate) static HEALTHCHECK: Table = table(
    "a healthcheck",
    &[
        key(
            "test",
            COMMAND,
            "The command as a list, or a string for the shell. `none` disables an inherited healthcheck.",
        )
        .required(),
        key("interval", DURATION, "The time between two runs."),
        key("timeout", DURATION, "The time after which a run counts as failed."),
        key("start-period", DURATION, "The time after the start in which failures do not count."),
        key("start-interval", DURATION, "The time between two runs in that period."),
        key("retries", NUMBER, "The number of consecutive failures that make the container unhealthy."),
    ],
)
.guarded();
