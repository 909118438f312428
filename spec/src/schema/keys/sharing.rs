//! Mixins and fragments, which several steps and stages share.

use super::declared::VARS;
use super::steps::{HOSTS, RETRY, ULIMITS};
use super::{ABSOLUTE, ARGUMENTS, BOOL, ENVIRONMENT, MOUNTS, NUMBER, OWNER, TEXT};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Forms, KeyChoice, KeyNames, Keys, LongWhen, Names, Shape, Table, key, table};

/// A mixin: settings that are attached to steps that run a process.
pub(crate) static MIXIN: Table = table(
    "a mixin",
    &[
        key("description", TEXT, "What the mixin is for."),
        key("env", ENVIRONMENT, "Environment variables for the steps. Variables of a step override them.")
            .knows(KeyNames::Digests),
        key("mounts", MOUNTS, "Mounts for the steps, placed before the mounts of a step."),
        key("shell", ARGUMENTS, "The shell of `run` steps that set no shell."),
        key("user", OWNER, "The user of steps that set no user."),
        key("workdir", ABSOLUTE, "The working directory of steps that set none."),
        key(
            "network",
            Shape::Scalar(Scalar::Word(&["default", "none", "host"])),
            "The network of steps that set none.",
        ),
        key("ulimits", ULIMITS, "Limits for the steps. Limits of a step override them."),
        key("hosts", HOSTS, "Entries of /etc/hosts for the steps. Entries of a step override them."),
        key("retry", RETRY, "How often steps that set no `retry` run again if they fail."),
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
        key("description", TEXT, "What the fragment is for."),
        key(
            "params",
            PARAMETERS,
            "The parameters: a default for each, or a map with `type`, `default`, `required` and so on.",
        ),
        key("vars", VARS, "Values derived from the parameters and other names, for this fragment only.")
            .knows(KeyNames::Declared),
        key("steps", super::STEPS, "The steps of the fragment.").required().knows(KeyNames::Declared),
    ],
)
.reading();

pub(super) const PARAMETERS: Shape = Shape::Names(&Names {
    noun: "parameters",
    keys: Keys::Identifier,
    each: None,
    value: PARAMETER,
    filled: false,
});

const PARAMETER: Shape = Shape::Forms(&Forms {
    noun: "a parameter",
    long: &PARAMETER_TABLE,
    when: LongWhen::Has(&["default", "required", "description", "type"]),
    short: Shape::Anything,
    short_noun: "a default",
    short_doc: "only the default",
    reads_files: false,
});

/// The long form of a parameter of a stage or fragment.
static PARAMETER_TABLE: Table = table(
    "a parameter",
    &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["string", "int", "bool", "list", "map"])),
            "The type of the parameter; if omitted, varve derives it from a default that is not computed.",
        )
        .hint("the types are string, int, bool, list and map"),
        key("default", Shape::Anything, "The value if `with` does not give the parameter."),
        key("required", BOOL, "Whether `with` must give the parameter."),
        key("pattern", TEXT, "A regular expression that the whole value must match."),
        key("min", NUMBER, "The smallest allowed value."),
        key("max", NUMBER, "The largest allowed value."),
        key("description", TEXT, "What the parameter is for."),
    ],
)
.reading()
.choice(KeyChoice::Any(&["default", "required"]));
