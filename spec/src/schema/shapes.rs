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
    /// Any text, list or map: the values of vars.
    Anything,
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
    /// Whether the map may have the key `if`.
    pub guarded: bool,
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
    /// Whether expressions in its value may use `base`, the image at the bottom of the stage.
    pub knows_base: bool,
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
    Key { name, shape, doc, required: false, knows_base: false }
}

impl Key {
    /// The same key, required.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same key, with `base` known to the expressions in its value.
    pub(crate) const fn knows_base(self) -> Self {
        Self { knows_base: true, ..self }
    }
}

impl Table {
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
