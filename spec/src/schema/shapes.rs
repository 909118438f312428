//! What may stand where: the shapes of the language, as data. The reader, the documentation and the editors' schema are
//! driven by these; the tables themselves are in `language`.

use super::scalars::Scalar;

/// What may stand at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A text with rules of its own.
    Scalar(Scalar),
    /// A list; a single item may stand without brackets.
    List(&'static Shape),
    /// A map with the user's own keys.
    Map(Keys, &'static Shape),
    /// A map with keys of the language.
    Table(&'static Table),
    /// A map in which one naming key says what the others mean.
    Union(&'static TaggedUnion),
    /// A text or list (first) or, when a map is written, the second.
    Either(&'static Shape, &'static Shape),
    /// Any text, list or map: the values of vars.
    Anything,
}

/// Rules for the user's own keys.
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
    /// What it describes, with its article: `a stage`.
    pub noun: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Whether `if:` may stand in it.
    pub guarded: bool,
}

/// A map in which exactly one naming key says what it is.
#[derive(Debug)]
pub(crate) struct TaggedUnion {
    /// What it describes, with its article: `a step`.
    pub noun: &'static str,
    /// The forms, each by its naming key.
    pub forms: &'static [UnionVariant],
}

/// A form of a [`TaggedUnion`]: its naming key and what may stand beside it. `if:` always may.
#[derive(Debug)]
pub(crate) struct UnionVariant {
    /// The naming key.
    pub key: Key,
    /// The keys beside it.
    pub beside: &'static [&'static [Key]],
}

/// A key of the language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What may stand behind it.
    pub shape: Shape,
    /// What it does.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Whether expressions behind it know the image at the bottom of the stage.
    pub knows_base: bool,
}

/// A key that may be left out.
pub(crate) const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, required: false, knows_base: false }
}

impl Key {
    /// It must be there.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Expressions behind it know the image at the bottom of the stage.
    pub(crate) const fn knows_base(self) -> Self {
        Self { knows_base: true, ..self }
    }
}

impl UnionVariant {
    /// The key of that name beside the naming key.
    pub(crate) fn beside(&self, name: &str) -> Option<&'static Key> {
        self.beside.iter().flat_map(|keys| keys.iter()).find(|key| key.name == name)
    }

    /// All keys beside the naming key.
    pub(crate) fn all_beside(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.beside.iter().flat_map(|keys| keys.iter())
    }
}
