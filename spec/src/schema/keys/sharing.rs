//! Mixins and fragments, which several steps and stages share.

use super::steps::{HOSTS, ULIMITS};
use super::{ABSOLUTE, BOOL, ENVIRONMENT, FILLED, MOUNTS, TEXT, TEXTS};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Forms, KeyChoice, KeyNames, Keys, LongWhen, Names, Shape, Table, key, table};

/// A mixin: settings that are attached to steps that run a process.
pub(crate) static MIXIN: Table = table(
    "a mixin",
    &[
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
)
.guarded();

/// The fragments by name.
pub(super) const FRAGMENTS: Shape = Shape::Names(&Names {
    noun: "fragments",
    keys: Keys::Free,
    each: Some("the map of a fragment, with `steps`"),
    value: Shape::Table(&FRAGMENT),
    filled: false,
});

/// A fragment: a list of steps with parameters.
static FRAGMENT: Table = table(
    "a fragment",
    &[
        key("description", TEXT, "What it is for."),
        key(
            "params",
            PARAMETERS,
            "Its parameters: a default each, or a map with `default`, `required` and `description`.",
        ),
        key("steps", super::STEPS, "Its steps.").required().knows(KeyNames::Of("params")),
    ],
)
.reading();

const PARAMETERS: Shape = Shape::Names(&Names {
    noun: "parameters",
    keys: Keys::Identifier,
    each: None,
    value: PARAMETER,
    filled: false,
});

const PARAMETER: Shape = Shape::Forms(&Forms {
    noun: "a parameter",
    long: &PARAMETER_TABLE,
    when: LongWhen::Has(&["default", "required", "description"]),
    short: Shape::Anything,
    short_noun: "a default",
    short_doc: "the default alone",
});

/// The long form of a parameter of a fragment.
static PARAMETER_TABLE: Table = table(
    "a parameter",
    &[
        key("default", Shape::Anything, "The value that counts when none is given."),
        key("required", BOOL, "Whether it has to be given."),
        key("description", TEXT, "What it is for."),
    ],
)
.reading()
.choice(KeyChoice::Any(&["default", "required"]));
