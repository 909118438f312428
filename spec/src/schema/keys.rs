//! The keys of `image.yaml`: tables that the reader, the reference and the editors' schema are made from.

mod checks;
pub(crate) mod examples;
mod image;
mod mounts;
pub(crate) mod places;
mod provenance;
mod sharing;
mod stages;
mod steps;
mod system;
mod targets;

use super::scalars::Scalar;
use super::shapes::{Key, Keys, Shape, Table, key};

pub(crate) use mounts::MOUNT;
pub(crate) use provenance::PROVENANCE;
pub(crate) use sharing::{FRAGMENT, MIXIN, PARAMETER};
pub(crate) use stages::STAGE;
pub(crate) use steps::STEP;
pub(crate) use targets::TARGET;

const TEXT: Shape = Shape::Scalar(Scalar::Text);
const FILLED: Shape = Shape::Scalar(Scalar::Filled);
const BOOL: Shape = Shape::Scalar(Scalar::Bool);
const NUMBER: Shape = Shape::Scalar(Scalar::Number);
const ABSOLUTE: Shape = Shape::Scalar(Scalar::AbsolutePath);
const MODE: Shape = Shape::Scalar(Scalar::Mode);
const OCTAL: Shape = Shape::Scalar(Scalar::OctalMode);
const OWNER: Shape = Shape::Scalar(Scalar::Owner);
const SIZE: Shape = Shape::Scalar(Scalar::Size);
const CONDITION: Shape = Shape::Scalar(Scalar::Expression);
const TEXTS: Shape = Shape::List(&TEXT);
const DEVICES: Shape = Shape::List(&Shape::Either(&FILLED, &Shape::Table(&DEVICE)));
const MOUNTS: Shape = Shape::List(&Shape::Union(&MOUNT));
const STEPS: Shape = Shape::List(&STEP_ITEM);
/// Statics, since steps contain step lists again.
static STEP_ITEM: Shape = Shape::Union(&STEP);
static STEP_LIST: Shape = Shape::List(&STEP_ITEM);
const ENVIRONMENT: Shape = Shape::Map(Keys::Environment, &Shape::Either(&TEXT, &Shape::Table(&ENV_ENTRY)));

/// An entry of `env` in its long form.
pub(crate) static ENV_ENTRY: Table = Table {
    noun: "an env entry",
    guarded: true,
    keys: &[
        key("value", TEXT, "The value."),
        key("prepend", TEXT, "Put before the value there is, with `:` between them."),
        key("append", TEXT, "Put behind the value there is, with `:` between them."),
        key("unset", BOOL, "Take the variable out of the environment."),
    ],
};

/// A device in its long form.
pub(crate) static DEVICE: Table = Table {
    noun: "a device",
    guarded: true,
    keys: &[
        key("name", FILLED, "Its CDI name, such as `nvidia.com/gpu=all`.").required(),
        key("required", BOOL, "Whether the build fails without it; true when left out."),
    ],
};

/// The top level.
pub(crate) static FAMILY: Table = Table {
    noun: "the top level",
    guarded: false,
    keys: &[
        key("name", TEXT, "The name of the family."),
        key("description", TEXT, "What the family is for."),
        key("include", TEXTS, "Other files of the same context, joined with this one."),
        key(
            "axes",
            Shape::Anything,
            "The dimensions of the family, each a closed set of values with properties.",
        ),
        key("args", Shape::Anything, "Free parameters: typed and validated."),
        key("vars", Shape::Anything, "Values derived from axes, args and other vars."),
        key("support", Shape::Anything, "Which combinations exist, each rule with its reason."),
        key(
            "mixins",
            Shape::Map(Keys::Name, &Shape::Table(&MIXIN)),
            "Mounts, env and shell settings to attach to steps by name.",
        ),
        key("fragments", Shape::Anything, "Reusable step lists with parameters."),
        key("stages", Shape::Map(Keys::Name, &Shape::Table(&STAGE)), "How things are built.").required(),
        key("targets", Shape::Map(Keys::Name, &Shape::Table(&TARGET)), "What is published."),
        key("default", FILLED, "The target built when none is named."),
        key("provenance", Shape::Table(&PROVENANCE), "Labels that tell where the image comes from."),
    ],
};

/// An axis in its long form.
pub(crate) static AXIS: Table = Table {
    noun: "an axis",
    guarded: false,
    keys: &[
        key("default", FILLED, "The value that counts when none is given; else the first."),
        key("description", TEXT, "What the axis is."),
        key("values", Shape::Anything, "The values, each with its properties.").required(),
    ],
};

/// An argument in its long form.
pub(crate) static ARG: Table = Table {
    noun: "an argument",
    guarded: false,
    keys: &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["string", "int", "bool"])),
            "Its type; else that of the default.",
        ),
        key("default", TEXT, "The value that counts when none is given."),
        key("required", BOOL, "Whether it has to be given."),
        key("pattern", TEXT, "A regular expression that the whole value has to fit."),
        key("min", NUMBER, "The smallest allowed number."),
        key("max", NUMBER, "The largest allowed number."),
        key("description", TEXT, "What it is for."),
    ],
};

/// A value that is read from a file.
pub(crate) static VAR_FILE: Table = Table {
    noun: "a value of a file",
    guarded: false,
    keys: &[
        key("file", FILLED, "The path of the file in the context.").required(),
        key("key", FILLED, "A key of a TOML, JSON or YAML file: names with dots between them."),
        key("regex", FILLED, "A regular expression; its first group is the value."),
    ],
};

/// A rule of `support`.
pub(crate) static RULE: Table = Table {
    noun: "a support rule",
    guarded: false,
    keys: &[
        key("if", CONDITION, "For which combinations the rule speaks; all when left out."),
        key("require", CONDITION, "What has to hold for them."),
        key("exclude", CONDITION, "Which combinations do not exist."),
        key("because", FILLED, "The reason, shown when the rule refuses a build.").required(),
    ],
};

/// `if`, `then`, `else`.
pub(crate) static CHOICE: &[Key] = &[
    key("if", CONDITION, "The condition."),
    key("then", Shape::Anything, "What counts where it holds."),
    key("else", Shape::Anything, "What counts where it does not."),
];
/// `match` and `cases`.
pub(crate) static MATCH: &[Key] = &[
    key("match", CONDITION, "What is matched."),
    key(
        "cases",
        Shape::Anything,
        "Patterns with what they stand for; the first that fits counts, `else` fits all.",
    ),
];
/// `for` and `do`.
pub(crate) static REPETITION: &[Key] = &[
    key("for", Shape::Anything, "Variables with the values that each takes in turn."),
    key("do", Shape::Anything, "What is repeated."),
];
