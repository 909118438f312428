//! The types of the tables: shapes, which say what is allowed at each place of the language.
//!
//! The reader, the reference and the JSON Schema use shapes. The tables are in `schema::keys`.

use super::kinds::VariantKind;
use super::scalars::Scalar;
use super::written::Written;

/// What is allowed at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A string of a certain kind.
    Scalar(Scalar),
    /// A list. A single item may be written without brackets.
    List(&'static Shape),
    /// A map whose keys the user chooses.
    Map(Keys, &'static Shape),
    /// A map with keys of the language.
    Table(&'static Table),
    /// A map in which one key, the discriminator, determines the meaning of the other keys.
    Union(&'static TaggedUnion),
    /// The second shape for a map, and the first shape for a string or a list.
    Either(&'static Shape, &'static Shape),
    /// A list that needs its brackets or dashes even if it has a single item.
    Items(&'static Items),
    /// A map of declarations by name, such as axes or stages.
    Names(&'static Names),
    /// A declaration in a long form, which is a map with keys of the language, or in a short form.
    Forms(&'static Forms),
    /// Any string, list or map, with expressions and choices. Example: the values of vars.
    Anything,
    /// Any string, list or map, without expressions and choices. Example: the properties of axis values.
    Data,
    /// A value of this shape in a map that is read before a variant is selected. It can have expressions and choices all the same.
    /// Example: the default of an arg.
    Computed(&'static Shape),
}

/// When the values of a table are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// When the file is read. Strings have no expressions, and there are no choices.
    Reading,
    /// When a variant is planned. Strings can have expressions, and values can be choices.
    Variant,
}

/// The rules for keys that the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Names of environment variables.
    Environment,
    /// Any string. Example: the parameters in `with`.
    Free,
    /// Strings that are written into something, which decides what they may hold. Example: the names of labels.
    Written(Written),
    /// Names of stages and targets: letters, digits, `_`, `-` and `.`, starting with a letter.
    Name,
    /// Names that expressions use: letters, digits and `_`, not starting with a digit.
    Identifier,
    /// Names of properties, and keys of maps in them: any string. Keys that start with `x-` are ignored.
    Data,
    /// Names of axis values. Keys that start with `x-` are ignored.
    AxisValue,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// A map with keys of the language.
#[derive(Debug)]
pub(crate) struct Table {
    /// The noun for the map with its article: `a stage`.
    pub noun: &'static str,
    /// The keys.
    pub keys: &'static [Key],
    /// Whether the map may have a guard, the key `if`.
    pub guarded: bool,
    /// When the values are known.
    pub phase: Phase,
    /// Whether its keys `params` and `vars` declare names for the values of its other keys.
    pub declares: bool,
    /// Which keys exclude or need each other.
    pub choice: KeyChoice,
}

/// Which keys of a table exclude or need each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyChoice {
    /// None. All keys that are not required are optional.
    Free,
    /// At least one of these keys is needed. The code that reads the table reports that they are missing, since it knows the name
    /// of the declaration.
    Any(&'static [&'static str]),
    /// Exactly one of two keys is needed. The reader reports both mistakes.
    One {
        /// The two keys.
        keys: [&'static str; 2],
        /// The help if neither key is written.
        neither: &'static str,
        /// The help if both keys are written.
        both: &'static str,
    },
}

/// A list that needs its brackets or dashes even if it has a single item.
#[derive(Debug)]
pub(crate) struct Items {
    /// The plural noun for the items: `rules`.
    pub noun: &'static str,
    /// The noun for one item in messages. `None` if the shape of the item describes it well enough.
    pub each: Option<&'static str>,
    /// The shape of each item.
    pub item: Shape,
    /// Whether the list needs at least one item. The code that reads the list reports that it is empty, since it knows the name of
    /// the declaration.
    pub filled: bool,
}

/// A map of declarations by name.
#[derive(Debug)]
pub(crate) struct Names {
    /// The plural noun for the declarations: `axes`.
    pub noun: &'static str,
    /// The rules for the names.
    pub keys: Keys,
    /// The noun for one value in messages. `None` if the shape of the value describes it well enough.
    pub each: Option<&'static str>,
    /// The shape of each value.
    pub value: Shape,
    /// Whether the map needs at least one name. The code that reads the map reports that it is empty, since it knows the name of
    /// the declaration.
    pub filled: bool,
}

/// A declaration that has a long form, which is a map with keys of the language, and a short form.
#[derive(Debug)]
pub(crate) struct Forms {
    /// The noun for the declaration with its article: `an axis`.
    pub noun: &'static str,
    /// The long form.
    pub long: &'static Table,
    /// Which maps are in the long form.
    pub when: LongWhen,
    /// The short form.
    pub short: Shape,
    /// The noun for the short form with its article: `a default`.
    pub short_noun: &'static str,
    /// The noun for the short form in the reference: `the default alone`.
    pub short_doc: &'static str,
    /// Whether a map with the key `file` in a value of any form is the value of a file.
    pub reads_files: bool,
}

/// Which maps are in the long form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LongWhen {
    /// All maps, since the short form is not a map.
    Map,
    /// Maps that have at least one of these keys.
    Has(&'static [&'static str]),
    /// Maps in which this key has a string. Values in the short form are not strings.
    Text(&'static str),
    /// Maps that have this key, and maps in which another key of the long form has a string. Values in the short form are not
    /// strings.
    HasOrText(&'static str),
}

/// A map in which exactly one key, the discriminator, determines what it describes: a step, a mount or an image test.
#[derive(Debug)]
pub(crate) struct TaggedUnion {
    /// The noun for the map with its article: `a step`.
    pub noun: &'static str,
    /// The variants, each with its discriminator.
    pub variants: &'static [UnionVariant],
}

/// A variant of a [`TaggedUnion`]: its discriminator and the keys beside it. Each variant may have a guard too, the key `if`.
#[derive(Debug)]
pub(crate) struct UnionVariant {
    /// The kind of the variant. The plan matches on it.
    pub kind: VariantKind,
    /// The discriminator.
    pub key: Key,
    /// The keys beside the discriminator, in groups that several variants share.
    pub beside: &'static [&'static [Key]],
}

/// A key of the language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// The name in kebab-case.
    pub name: &'static str,
    /// The shape of the value.
    pub shape: Shape,
    /// The description in the reference and the JSON Schema.
    pub doc: &'static str,
    /// Whether the map must have it.
    pub required: bool,
    /// Which further names the expressions in the value may use.
    pub names: KeyNames,
    /// The help for a value that is not one of the allowed words. `None` if a list of the words is help enough.
    pub hint: Option<&'static str>,
    /// The help for a string with an expression, where the value is known when the file is read.
    pub without_expression: Option<&'static str>,
}

/// Which names the expressions in the value of a key may use in addition to those of the surrounding map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyNames {
    /// No further names.
    None,
    /// `base`, the base image of the stage.
    Base,
    /// `digest`, the digests of the lock.
    Digests,
    /// `facts`, the facts of the image.
    Facts,
    /// `digest` and `facts`.
    DigestsAndFacts,
    /// The names that the keys `params` and `vars` of the same table declare. Example: in `steps` of a fragment.
    Declared,
}

/// Which keys a map can have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MapKind {
    /// Keys that the user chooses.
    Names,
    /// The keys of a table.
    Table(&'static Table),
    /// The keys of a variant of a tagged union.
    Variant(&'static UnionVariant),
}

/// Makes an optional key.
pub(crate) const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, required: false, names: KeyNames::None, hint: None, without_expression: None }
}

/// Makes a table whose values depend on the variant.
pub(crate) const fn table(noun: &'static str, keys: &'static [Key]) -> Table {
    Table { noun, keys, guarded: false, phase: Phase::Variant, declares: false, choice: KeyChoice::Free }
}

impl Key {
    /// The key, as a required one.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The key, with further names for the expressions in its value.
    pub(crate) const fn knows(self, names: KeyNames) -> Self {
        Self { names, ..self }
    }

    /// The key, with help for a value that is not one of the allowed words.
    pub(crate) const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The key, with help for a string with an expression.
    pub(crate) const fn without_expression(self, help: &'static str) -> Self {
        Self { without_expression: Some(help), ..self }
    }
}

impl Shape {
    /// Whether the values depend on the variant, so that they can have expressions and choices.
    pub(crate) fn is_per_variant(self) -> bool {
        match self {
            Self::Table(table) => table.phase == Phase::Variant,
            Self::Union(_) | Self::Anything => true,
            Self::List(item) => item.is_per_variant(),
            Self::Scalar(_) | Self::Map(..) | Self::Items(_) | Self::Names(_) => false,
            Self::Data | Self::Computed(_) => false,
            Self::Either(..) | Self::Forms(_) => false,
        }
    }
}

impl Table {
    /// The table, with the guard `if` as an additional key.
    pub(crate) const fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }

    /// The table, with keys that declare names for the values of its other keys.
    pub(crate) const fn declaring(self) -> Self {
        Self { declares: true, ..self }
    }

    /// The table, with values that are known when the file is read.
    pub(crate) const fn reading(self) -> Self {
        Self { phase: Phase::Reading, ..self }
    }

    /// The table, with a rule for keys that exclude or need each other.
    pub(crate) const fn choice(self, choice: KeyChoice) -> Self {
        Self { choice, ..self }
    }

    /// The key with this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl UnionVariant {
    /// The key with this name: the discriminator or a key beside it.
    pub(crate) fn key(&'static self, name: &str) -> Option<&'static Key> {
        if self.key.name == name { Some(&self.key) } else { self.beside(name) }
    }

    /// The key with this name beside the discriminator.
    pub(crate) fn beside(&self, name: &str) -> Option<&'static Key> {
        self.all_beside().find(|key| key.name == name)
    }

    /// All keys beside the discriminator.
    pub(crate) fn all_beside(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.beside.iter().flat_map(|keys| keys.iter())
    }

    /// The name of the variant in messages, documents and examples: `step run`.
    pub(crate) fn place(&self) -> String {
        format!("{} {}", self.kind.noun(), self.key.name)
    }
}

impl MapKind {
    /// The variant of the tagged union. `None` for other maps.
    pub(crate) fn variant(self) -> Option<&'static UnionVariant> {
        match self {
            Self::Variant(variant) => Some(variant),
            Self::Names | Self::Table(_) => None,
        }
    }

    /// The key of the language with this name. `None` if the user chooses the keys.
    pub(crate) fn key(self, name: &str) -> Option<&'static Key> {
        match self {
            Self::Names => None,
            Self::Table(table) => table.key(name),
            Self::Variant(variant) => variant.key(name),
        }
    }

    /// In debug builds, panics if code reads a key that is not in the tables. The reader rejects such a key, so the code could
    /// never find it.
    pub(crate) fn assert_has(self, name: &str) {
        debug_assert!(
            self.key(name).is_some(),
            "the code reads the key `{name}`, which is not in the tables of {}",
            self.place()
        );
    }

    /// Records that code read a key of the map, for the test that no key is forgotten.
    #[cfg(test)]
    pub(crate) fn note_read(self, name: &str) {
        super::reads::note(self.place(), name);
    }

    /// Does nothing outside of tests.
    #[cfg(not(test))]
    pub(crate) fn note_read(self, _name: &str) {}

    /// The name of the map in messages, documents and examples: `stage`, `step run`.
    pub(crate) fn place(self) -> String {
        match self {
            Self::Names => "a map of names".to_owned(),
            Self::Table(table) => place(table.noun),
            Self::Variant(variant) => variant.place(),
        }
    }
}

/// The name of a map, made from its noun: `stage` for `a stage`.
pub(crate) fn place(noun: &str) -> String {
    let without = ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun);
    without.trim_matches('`').to_lowercase()
}
