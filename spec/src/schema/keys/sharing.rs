//! What several steps and stages share: mixins and fragments.

use super::steps::{HOSTS, ULIMITS};
use super::{ABSOLUTE, ENVIRONMENT, FILLED, MOUNTS, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Shape, Table, key};

/// Settings to attach to steps that run a process.
pub(crate) static MIXIN: Table = Table {
    noun: "a mixin",
    guarded: true,
    keys: &[
        key("description", TEXT, "What it is for."),
        key("env", ENVIRONMENT, "Environment of the steps; their own entries count more."),
        key("mounts", MOUNTS, "Mounts of the steps, before their own."),
        key("shell", TEXTS, "The shell of `run` steps that set none."),
        key("user", FILLED, "The user of steps that set none."),
        key("workdir", ABSOLUTE, "The directory of steps that set none."),
        key(
            "network",
            Shape::Scalar(Scalar::Word(&["default", "none", "host"])),
            "The network of steps that set none.",
        ),
        key("ulimits", ULIMITS, "Limits of the steps; their own count more."),
        key("hosts", HOSTS, "Entries of /etc/hosts; the steps' own count more."),
    ],
};

/// A reusable step list.
pub(crate) static FRAGMENT: Table = Table {
    noun: "a fragment",
    guarded: false,
    keys: &[
        key("description", TEXT, "What it is for."),
        key(
            "params",
            Shape::Anything,
            "Its parameters: a default each, or a map with `default`, `required` and `description`.",
        ),
        key("steps", super::STEPS, "Its steps.").required(),
    ],
};

/// A parameter of a fragment in its long form.
pub(crate) static PARAMETER: Table = Table {
    noun: "a parameter",
    guarded: false,
    keys: &[
        key("default", Shape::Anything, "The value that counts when none is given."),
        key("required", Shape::Scalar(Scalar::Bool), "Whether it has to be given."),
        key("description", TEXT, "What it is for."),
    ],
};
