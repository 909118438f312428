//! The shapes of the language, as data: what may be written at each place.
//!
//! The reader, the reference and the JSON Schema are driven by shapes. The tables in `schema::keys` are made of them.

use super::kinds::VariantKind;
use super::scalars::Scalar;

/// What may be written at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A text with rules of its own.
    Scalar(Scalar),
    /// A list. A single item may be written without brackets.
    List(&'static Shape),
    /// A map whose keys the user chooses.
    Map(Keys, &'static Shape),
    /// A map with keys of the language.
    Table(&'static Table),
    /// A map in which one key, the discriminator, says what the others mean.
    Union(&'static TaggedUnion),
    /// The second shape when a map is written, otherwise the first, which is a text or a list.
    Either(&'static Shape, &'static Shape),
    /// A list that is written as one, even when it has a single item.
    Items(&'static Items),
    /// A map of what the user declares by name: axes, stages.
    Names(&'static Names),
    /// A long form, which is a map with keys of the language, or a short form.
    Forms(&'static Forms),
    /// Any text, list or map, with expressions and choices: the values of vars.
    Anything,
    /// Any text, list or map, without expressions and choices: the properties of the values of axes.
    Data,
}

/// When the values of a table are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// When the file is read: texts have no expressions, and there are no choices.
    Reading,
    /// For each variant: texts may have expressions, and values may be choices.
    Variant,
}

/// Rules for keys that the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Names of environment variables.
    Environment,
    /// Any text: labels, annotations.
    Free,
    /// Names of stages and targets: letters, digits, `_`, `-` and `.`, starting with a letter.
    Name,
    /// Names that expressions use: letters, digits and `_`, not starting with a digit.
    Identifier,
    /// Names of properties, which expressions use. Keys that start with `x-` are not read.
    Property,
    /// Names of the values of an axis. Keys that start with `x-` are not read.
    AxisValue,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// A map with keys of the language.
#[derive(Debug)]
pub(crate) struct Table {
    /// What the map describes, with its article: `a stage`.
    pub noun: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Whether the map may have the key `if` that decides whether it is there.
    pub guarded: bool,
    /// When its values are known.
    pub phase: Phase,
    /// Which of its keys go together.
    pub choice: KeyChoice,
}

/// Which keys of a table go together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyChoice {
    /// Any that are not required may be left out.
    Free,
    /// At least one of these has to be there. The code that reads the table reports it, as it knows what lacks them.
    Any(&'static [&'static str]),
    /// Exactly one of two has to be there. The reader reports it.
    One {
        /// The two keys.
        keys: [&'static str; 2],
        /// The help when neither is there.
        neither: &'static str,
        /// The help when both are there.
        both: &'static str,
    },
}

/// A list that is written as one, even when it has a single item.
#[derive(Debug)]
pub(crate) struct Items {
    /// What the items are: `rules`.
    pub noun: &'static str,
    /// What a single item is, for messages, where its shape does not say it well.
    pub each: Option<&'static str>,
    /// What each item may be.
    pub item: Shape,
    /// Whether there has to be an item. The code that reads the list reports it, as it knows what lacks them.
    pub filled: bool,
}

/// A map of what the user declares by name.
#[derive(Debug)]
pub(crate) struct Names {
    /// What is declared: `axes`.
    pub noun: &'static str,
    /// Rules for the names.
    pub keys: Keys,
    /// What each value is, for messages, where its shape does not say it well.
    pub each: Option<&'static str>,
    /// What each value may be.
    pub value: Shape,
    /// Whether there has to be a name. The code that reads the map reports it, as it knows what lacks them.
    pub filled: bool,
}

/// What can be written in a long form, a map with keys of the language, or in a short form.
#[derive(Debug)]
pub(crate) struct Forms {
    /// What both forms describe, with its article: `an axis`.
    pub noun: &'static str,
    /// The long form.
    pub long: &'static Table,
    /// Which maps are in the long form.
    pub when: LongWhen,
    /// The short form.
    pub short: Shape,
    /// What the short form is, with its article: `a default`.
    pub short_noun: &'static str,
    /// What the short form is, for the reference: `the default alone`.
    pub short_doc: &'static str,
}

/// Which maps are in the long form.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LongWhen {
    /// All: the short form is no map.
    Map,
    /// Those that have one of these keys.
    Has(&'static [&'static str]),
    /// Those that have this key, and those in which another key of the long form has a text: values of the short form are
    /// no texts.
    HasOrText(&'static str),
}

/// A map in which exactly one discriminator says what it is: a step, a mount, a check.
#[derive(Debug)]
pub(crate) struct TaggedUnion {
    /// What the map describes, with its article: `a step`.
    pub noun: &'static str,
    /// The variants, each with its discriminator.
    pub variants: &'static [UnionVariant],
}

/// A variant of a [`TaggedUnion`]: its discriminator and the keys beside it. Each variant may also have the key `if`.
#[derive(Debug)]
pub(crate) struct UnionVariant {
    /// What the variant is. The plan matches on it.
    pub kind: VariantKind,
    /// The discriminator.
    pub key: Key,
    /// The keys beside the discriminator.
    pub beside: &'static [&'static [Key]],
}

/// A key of the language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// What it does.
    pub doc: &'static str,
    /// Whether the map must have it.
    pub required: bool,
    /// Which names the expressions in its value may use beside those that are known around it.
    pub names: KeyNames,
    /// The help for a text that is none of the words of its shape, where the words alone do not help.
    pub hint: Option<&'static str>,
}

/// Which names the expressions in the value of a key may use beside those that are known around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyNames {
    /// No others.
    None,
    /// `base`, the image at the bottom of the stage.
    Base,
    /// The names in the map of another key of the same table.
    Of(&'static str),
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

/// A key that may be left out.
pub(crate) const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, required: false, names: KeyNames::None, hint: None }
}

/// A table of keys whose values depend on the variant.
pub(crate) const fn table(noun: &'static str, keys: &'static [Key]) -> Table {
    Table { noun, keys, guarded: false, phase: Phase::Variant, choice: KeyChoice::Free }
}

impl Key {
    /// The same key, required.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same key, with more names for the expressions in its value.
    pub(crate) const fn knows(self, names: KeyNames) -> Self {
        Self { names, ..self }
    }

    /// The same key, with help for a text that is none of the words of its shape.
    pub(crate) const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

impl Shape {
    /// Whether the values of the shape depend on the variant, so that they may have expressions and choices.
    pub(crate) fn is_per_variant(self) -> bool {
        match self {
            Self::Table(table) => table.phase == Phase::Variant,
            Self::Union(_) | Self::Anything => true,
            Self::List(item) => item.is_per_variant(),
            Self::Scalar(_) | Self::Map(..) | Self::Items(_) | Self::Names(_) | Self::Data => false,
            Self::Either(..) | Self::Forms(_) => false,
        }
    }
}

impl Table {
    /// The same table, with the key `if` that decides whether the map is there.
    pub(crate) const fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }

    /// The same table, with values that are known when the file is read.
    pub(crate) const fn reading(self) -> Self {
        Self { phase: Phase::Reading, ..self }
    }

    /// The same table, with keys that go together.
    pub(crate) const fn choice(self, choice: KeyChoice) -> Self {
        Self { choice, ..self }
    }

    /// The key of that name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl UnionVariant {
    /// The key of that name: the discriminator or a key beside it.
    pub(crate) fn key(&'static self, name: &str) -> Option<&'static Key> {
        if self.key.name == name { Some(&self.key) } else { self.beside(name) }
    }

    /// The key of that name beside the discriminator.
    pub(crate) fn beside(&self, name: &str) -> Option<&'static Key> {
        self.all_beside().find(|key| key.name == name)
    }

    /// All keys beside the discriminator.
    pub(crate) fn all_beside(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.beside.iter().flat_map(|keys| keys.iter())
    }

    /// What the variant is called in messages, documents and examples: `step run`.
    pub(crate) fn place(&self) -> String {
        format!("{} {}", self.kind.noun(), self.key.name)
    }
}

impl MapKind {
    /// The variant, for a map of a tagged union.
    pub(crate) fn variant(self) -> Option<&'static UnionVariant> {
        match self {
            Self::Variant(variant) => Some(variant),
            Self::Names | Self::Table(_) => None,
        }
    }

    /// The key of the language that has this name in the map.
    pub(crate) fn key(self, name: &str) -> Option<&'static Key> {
        match self {
            Self::Names => None,
            Self::Table(table) => table.key(name),
            Self::Variant(variant) => variant.key(name),
        }
    }

    /// Refuses, in debug builds, code that reads a key which the tables do not have: such a key could never be there.
    pub(crate) fn assert_has(self, name: &str) {
        debug_assert!(
            self.key(name).is_some(),
            "the code reads the key `{name}`, which is not in the tables of {}",
            self.place()
        );
    }

    /// Notes that code has read a key of the map, for the test that no key is forgotten.
    #[cfg(test)]
    pub(crate) fn note_read(self, name: &str) {
        super::reads::note(self.place(), name);
    }

    /// Does nothing outside of tests.
    #[cfg(not(test))]
    pub(crate) fn note_read(self, _name: &str) {}

    /// What the map is called in messages, documents and examples: `stage`, `step run`.
    pub(crate) fn place(self) -> String {
        match self {
            Self::Names => "a map of names".to_owned(),
            Self::Table(table) => place(table.noun),
            Self::Variant(variant) => variant.place(),
        }
    }
}

/// What a map is called, from its noun: `stage` for `a stage`.
pub(crate) fn place(noun: &str) -> String {
    let without = ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun);
    without.trim_matches('`').to_lowercase()
}
