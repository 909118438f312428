//! `image`: configuration of the image that does not affect steps.

use super::{ENVIRONMENT, FILLED, NUMBER, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Keys, Shape, Table, key, table};

const COMMAND: Shape = Shape::List(&TEXT);
const DURATION: Shape = Shape::Scalar(Scalar::Duration);

/// The configuration of the image.
pub(crate) static IMAGE: Table = table(
    "`image`",
    &[
        key(
            "entrypoint",
            COMMAND,
            "The program and its first arguments as a list, or a text for the shell; `[]` resets.",
        ),
        key("cmd", COMMAND, "The default arguments as a list, or a text for the shell; `[]` resets."),
        key("env", ENVIRONMENT, "Environment of the container that no step of the build sees."),
        key("labels", Shape::Map(Keys::Free, &TEXT), "Labels."),
        key("annotations", Shape::Map(Keys::Free, &TEXT), "Annotations of the manifest."),
        key("user", FILLED, "The user of the container."),
        key("workdir", FILLED, "The working directory of the container."),
        key("expose", Shape::List(&Shape::Scalar(Scalar::Port)), "Ports, such as `8080` or `53/udp`."),
        key("volumes", TEXTS, "Paths that are volumes."),
        key("healthcheck", Shape::Table(&HEALTHCHECK), "How to see whether the container is well."),
        key("stop-signal", FILLED, "The signal that ends the container."),
    ],
);

/// The healthcheck of containers of the image.
pub(crate) static HEALTHCHECK: Table = table(
    "a healthcheck",
    &[
        key(
            "test",
            COMMAND,
            "The command as a list, or a text for the shell; `none` switches an inherited check off.",
        )
        .required(),
        key("interval", DURATION, "The time between two checks."),
        key("timeout", DURATION, "How long a check may take."),
        key("start-period", DURATION, "How long failures do not count after the start."),
        key("start-interval", DURATION, "The time between two checks in that period."),
        key("retries", NUMBER, "How many failures in a row make it unhealthy."),
    ],
)
.guarded();
