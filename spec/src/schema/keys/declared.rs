//! Declarations that are known when the file is read, before a variant is selected: axes, args, vars and the rules of `support`.

use super::{BOOL, CONDITION, FILLED, NUMBER, TEXT};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Forms, Items, KeyChoice, Keys, LongWhen, Names, Shape, Table, key, table};

/// The axes by name.
pub(super) const AXES: Shape =
    Shape::Names(&Names { noun: "axes", keys: Keys::Identifier, each: None, value: AXIS, filled: false });

const AXIS: Shape = Shape::Forms(&Forms {
    noun: "an axis",
    long: &AXIS_TABLE,
    when: LongWhen::HasOrText("values"),
    short: VALUES,
    short_noun: "values",
    short_doc: "the values alone",
});

/// The long form of an axis.
static AXIS_TABLE: Table = table(
    "an axis",
    &[
        key("default", FILLED, "The value that counts when none is given; else the first."),
        key("description", TEXT, "What the axis is."),
        key("values", VALUES, "The values, each with its properties.").required(),
    ],
)
.reading();

/// The values of an axis: a list of names, or a map from names to properties.
const VALUES: Shape = Shape::Either(&VALUE_LIST, &VALUE_MAP);
static VALUE_LIST: Shape = Shape::Items(&Items {
    noun: "values",
    each: Some("the name of a value"),
    item: Shape::Scalar(Scalar::AxisValue),
    filled: true,
});
static VALUE_MAP: Shape = Shape::Names(&Names {
    noun: "values to their properties",
    keys: Keys::AxisValue,
    each: None,
    value: PROPERTIES,
    filled: true,
});
const PROPERTIES: Shape = Shape::Names(&Names {
    noun: "properties",
    keys: Keys::Property,
    each: None,
    value: Shape::Data,
    filled: false,
});

/// The args by name.
pub(super) const ARGS: Shape = Shape::Names(&Names {
    noun: "arguments",
    keys: Keys::Identifier,
    each: Some("a default value, or a map with `type`, `default`, `required` and so on"),
    value: ARG,
    filled: false,
});

const ARG: Shape = Shape::Forms(&Forms {
    noun: "an argument",
    long: &ARG_TABLE,
    when: LongWhen::Map,
    short: TEXT,
    short_noun: "a default",
    short_doc: "the default alone",
});

/// The long form of an arg.
static ARG_TABLE: Table = table(
    "an argument",
    &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["string", "int", "bool"])),
            "Its type; else that of the default.",
        )
        .hint("types are string, int and bool; a closed set of values is an axis"),
        key("default", TEXT, "The value that counts when none is given."),
        key("required", BOOL, "Whether it has to be given."),
        key("pattern", TEXT, "A regular expression that the whole value has to fit."),
        key("min", NUMBER, "The smallest allowed number."),
        key("max", NUMBER, "The largest allowed number."),
        key("description", TEXT, "What it is for."),
    ],
)
.reading()
.choice(KeyChoice::Any(&["default", "required"]));

/// The vars by name.
pub(super) const VARS: Shape =
    Shape::Names(&Names { noun: "vars", keys: Keys::Identifier, each: None, value: VAR, filled: false });

const VAR: Shape = Shape::Forms(&Forms {
    noun: "a var",
    long: &VAR_FILE,
    when: LongWhen::Has(&["file"]),
    short: Shape::Anything,
    short_noun: "a value",
    short_doc: "any other value",
});

/// The value of a var that is read from a file.
static VAR_FILE: Table = table(
    "a value of a file",
    &[
        key("file", FILLED, "The path of the file in the context.").required(),
        key("key", FILLED, "A key of a TOML, JSON or YAML file: names with dots between them."),
        key("regex", FILLED, "A regular expression; its first group is the value."),
    ],
)
.reading();

/// The rules of `support`.
pub(super) const RULES: Shape = Shape::Items(&Items {
    noun: "rules",
    each: Some("a rule such as `{exclude: ..., because: ...}`"),
    item: Shape::Table(&RULE),
    filled: false,
});

/// A rule of `support`.
static RULE: Table = table(
    "a support rule",
    &[
        key("if", CONDITION, "For which combinations the rule speaks; all when left out."),
        key("require", CONDITION, "What has to hold for them."),
        key("exclude", CONDITION, "Which combinations do not exist."),
        key("because", FILLED, "The reason, shown when the rule refuses a build.").required(),
    ],
)
.reading()
.choice(KeyChoice::One {
    keys: ["require", "exclude"],
    neither: "add `require:` with what has to hold, or `exclude:` with what does not exist",
    both: "a rule demands one thing: write two rules, or join conditions with `and`",
});
