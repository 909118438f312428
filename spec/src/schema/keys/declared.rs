//! Declarations that are known when the file is read, before a variant is selected: axes, args, vars and the rules of `support`.

use super::{BOOL, CONDITION, FILLED, NUMBER, PATH, TEXT};
use crate::schema::scalars::Scalar;
use crate::schema::shapes::{Forms, Items, Key, KeyChoice, Keys, LongWhen, Names, Shape, Table, key, table};
use crate::schema::written::Written;

/// Other names of a build argument.
const ALIASES: Shape = Shape::List(&Shape::Scalar(Scalar::Written(Written::Variable)));

/// The axes by name.
pub(super) const AXES: Shape =
    Shape::Names(&Names { noun: "axes", keys: Keys::Identifier, each: None, value: AXIS, filled: false });

const AXIS: Shape = Shape::Forms(&Forms {
    noun: "an axis",
    long: &AXIS_TABLE,
    when: LongWhen::HasOrText("values"),
    short: WRITTEN_VALUES,
    short_noun: "values",
    short_doc: "only the values",
    reads_files: false,
});

/// The long form of an axis.
static AXIS_TABLE: Table = table(
    "an axis",
    &[
        key(
            "default",
            FILLED,
            "The default value; the first value if omitted. `newest` is the newest release among the values.",
        ),
        key("description", TEXT, "What the axis is."),
        key("aliases", ALIASES, "Other names of the build argument that sets the axis."),
        key("values", VALUES, "The values, each with its properties.").required(),
    ],
)
.reading();

/// The values of an axis, here or in a file.
const VALUES: Shape = Shape::Forms(&Forms {
    noun: "values",
    long: &VALUES_FILE,
    when: LongWhen::Text("file"),
    short: WRITTEN_VALUES,
    short_noun: "values",
    short_doc: "the values here",
    reads_files: false,
});

/// The values of an axis from a file.
static VALUES_FILE: Table = table(
    "values of a file",
    &[
        key("file", PATH, "The path of a TOML, JSON or YAML file, relative to the file that names it.")
            .required(),
        key("key", KEY_OF_FILE, "The key with the values; the whole file if omitted."),
        key("name", FILLED, "The property with the name of the value, if the values are a list of maps."),
        key("exclude", Shape::List(&FILLED), "Patterns of the values to leave out."),
    ],
)
.reading();

/// The values of an axis: a list of names, or a map from names to properties.
const WRITTEN_VALUES: Shape = Shape::Either(&VALUE_LIST, &VALUE_MAP);
/// The key under which the values of a file are read.
pub(crate) const VALUES_OF_FILE: Key = key("values", WRITTEN_VALUES, "The values, each with its properties.");
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
    keys: Keys::Data,
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
    short: COMPUTED,
    short_noun: "a default",
    short_doc: "only the default",
    reads_files: false,
});

/// The default of an arg.
const COMPUTED: Shape = Shape::Computed(&TEXT_SHAPE);
static TEXT_SHAPE: Shape = TEXT;

/// The long form of an arg.
static ARG_TABLE: Table = table(
    "an argument",
    &[
        key(
            "type",
            Shape::Scalar(Scalar::Word(&["string", "int", "bool"])),
            "The type of the argument; if omitted, varve derives it from the default.",
        )
        .hint("the types are string, int and bool; use an axis for a closed set of values"),
        key(
            "default",
            COMPUTED,
            "The value if the client does not set the argument. Expressions in it can use axes, `platform` and the arguments above it.",
        ),
        key("required", BOOL, "Whether the client must set the argument."),
        key("pattern", TEXT, "A regular expression that the whole value must match."),
        key("min", NUMBER, "The smallest allowed value."),
        key("max", NUMBER, "The largest allowed value."),
        key("description", TEXT, "What the argument is for."),
        key("aliases", ALIASES, "Other names of the build argument."),
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
    reads_files: true,
});

/// The value of a var that is read from a file.
pub(crate) static VAR_FILE: Table = table(
    "a value of a file",
    &[
        key("file", PATH, "The path of the file in the context.").without_expression(FILE_CHOICE).required(),
        key(
            "key",
            KEY_OF_FILE,
            "A key of a TOML, JSON or YAML file: names separated by dots, or a list of names, which can contain dots.",
        )
        .without_expression(FILE_CHOICE),
        key("regex", FILLED, "A regular expression. The value is its first group.")
            .without_expression(FILE_CHOICE),
    ],
)
.reading();

const FILE_CHOICE: &str =
    "choose between values of files: `{match: EXPRESSION, cases: {PATTERN: {file: ...}}}`";
/// The names that lead to a part of a file.
const KEY_OF_FILE: Shape = Shape::Either(&FILLED, &FILE_KEY);
static FILE_KEY: Shape =
    Shape::Items(&Items { noun: "names", each: Some("a name"), item: FILLED, filled: true });

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
        key("if", CONDITION, "The combinations that the rule applies to; all by default."),
        key("require", CONDITION, "The condition that these combinations must satisfy."),
        key("exclude", CONDITION, "The combinations that do not exist."),
        key("because", FILLED, "The reason; varve shows it if the rule excludes the selected combination.")
            .required(),
    ],
)
.reading()
.choice(KeyChoice::One {
    keys: ["require", "exclude"],
    neither: "add `require:` with a condition, or `exclude:` with the combinations that do not exist",
    both: "write two rules, or combine the conditions with `and`",
});
