//! The tables of the keys of `image.yaml`.

mod checks;
mod declared;
pub(crate) mod examples;
mod facts;
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
use super::shapes::{Key, KeyChoice, Keys, Names, Shape, Table, key, table};
use super::written::Written;

use declared::{ARGS, AXES, RULES, VARS};
pub(crate) use declared::{VALUES_OF_FILE, VAR_FILE};
use mounts::MOUNT;
use sharing::FRAGMENTS;
use steps::STEP;

pub(crate) use provenance::PROVENANCE;
pub(crate) use sharing::MIXIN;
pub(crate) use stages::{STAGE, is_call};
pub(crate) use targets::TARGET;

const TEXT: Shape = Shape::Scalar(Scalar::Text);
const CONTENT: Shape = Shape::Scalar(Scalar::Content);
const ARGUMENT: Shape = Shape::Scalar(Scalar::Written(Written::Argument));
const SETTING: Shape = Shape::Scalar(Scalar::Written(Written::Setting));
const ENV_VALUE: Shape = Shape::Scalar(Scalar::Written(Written::EnvValue));
const LINE: Shape = Shape::Scalar(Scalar::Written(Written::Line));
const WORD: Shape = Shape::Scalar(Scalar::Written(Written::Word));
const PATH: Shape = Shape::Scalar(Scalar::Written(Written::Path));
const URL: Shape = Shape::Scalar(Scalar::Written(Written::Url));
const ID: Shape = Shape::Scalar(Scalar::Written(Written::Id));
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
const ARGUMENTS: Shape = Shape::List(&ARGUMENT);
const PATHS: Shape = Shape::List(&PATH);
const DEVICES: Shape = Shape::List(&Shape::Either(&WORD, &Shape::Table(&DEVICE)));
const MOUNTS: Shape = Shape::List(&Shape::Union(&MOUNT));
const STEPS: Shape = Shape::List(&STEP_ITEM);
/// These are statics, since steps contain lists of steps: a constant cannot refer to itself.
static STEP_ITEM: Shape = Shape::Union(&STEP);
static STEP_LIST: Shape = Shape::List(&STEP_ITEM);
const ENVIRONMENT: Shape =
    Shape::Map(Keys::Environment, &Shape::Either(&ENV_VALUE, &Shape::Table(&ENV_ENTRY)));

/// The long form of an entry of `env`.
pub(crate) static ENV_ENTRY: Table = table(
    "an env entry",
    &[
        key("value", ENV_VALUE, "The value."),
        key("prepend", ENV_VALUE, "Put this before the current value, with `:` between them."),
        key("append", ENV_VALUE, "Put this after the current value, with `:` between them."),
        key("unset", BOOL, "Remove the variable from the environment."),
    ],
)
.guarded();

/// The long form of a device.
pub(crate) static DEVICE: Table = table(
    "a device",
    &[
        key("name", WORD, "The CDI name of the device, such as `nvidia.com/gpu=all`.").required(),
        key("required", BOOL, "Whether the build fails if the device is missing; true by default."),
    ],
)
.guarded();

static MIXINS: Names = named("mixins", Shape::Table(&MIXIN));
static STAGES: Names = Names { filled: true, ..named("stages", Shape::Table(&STAGE)) };
static TARGETS: Names = named("targets", Shape::Table(&TARGET));

/// A map of stages, targets or mixins by name.
const fn named(noun: &'static str, value: Shape) -> Names {
    Names { noun, keys: Keys::Name, each: None, value, filled: false }
}

/// The keys at the top level.
pub(crate) static FAMILY: Table = table(
    "the top level",
    &[
        key(
            "requires",
            Shape::Scalar(Scalar::LanguageVersion),
            "The minimum version of varve for this file, such as `0.3`. An older version reports only that.",
        ),
        key("name", TEXT, "The name of the family."),
        key("description", TEXT, "What the family is for."),
        key(
            "include",
            Shape::List(&FILLED),
            "Other files in the folder of the build file or below it; varve joins their maps with those of this file.",
        ),
        key("axes", AXES, "The dimensions of the family. Each is a closed set of values with properties."),
        key("args", ARGS, "Free parameters, typed and validated."),
        key("vars", VARS, "Values derived from axes, args and other vars."),
        key("support", RULES, "The rules that say which combinations exist, each with its reason."),
        key(
            "mixins",
            Shape::Names(&MIXINS),
            "Mounts, env and shell settings with a name, to attach to steps.",
        ),
        key("stages", Shape::Names(&STAGES), "The stages that varve can build.").required(),
        key("fragments", FRAGMENTS, "Reusable step lists with parameters."),
        key("targets", Shape::Names(&TARGETS), "The images to publish."),
        key("default", FILLED, "The default target."),
        key("provenance", Shape::Table(&PROVENANCE), "Labels that say where the image comes from."),
    ],
)
.reading()
.choice(KeyChoice::Any(&["stages", "include"]));

/// The keys of a choice.
pub(crate) static CHOICE: &[Key] = &[
    key("if", CONDITION, "The condition."),
    key("then", Shape::Anything, "The value if the condition is true."),
    key("else", Shape::Anything, "The value if the condition is false."),
];
/// The keys of a match.
pub(crate) static MATCH: &[Key] = &[
    key("match", CONDITION, "The value to match."),
    key(
        "cases",
        Shape::Anything,
        "Patterns with their values. The first pattern that matches counts; `else` matches everything.",
    ),
];
/// The keys of a repetition.
pub(crate) static REPETITION: &[Key] = &[
    key("for", Shape::Anything, "Variables with the values that each of them takes in turn."),
    key("do", Shape::Anything, "What to repeat."),
];
