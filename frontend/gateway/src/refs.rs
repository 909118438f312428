//! Refs: handles on what the daemon solved.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;

/// A handle on a file system that the daemon has solved, or will when someone reads it.
///
/// It is good for the one build it came from. The same definition solved twice gives two handles.
#[derive(Clone, Debug, PartialEq)]
pub struct Ref {
    /// The daemon's name for it.
    pub id: String,
    /// The operations it stands for, if the daemon says (capability `reference.output`): the way to build on the
    /// result of another frontend.
    pub definition: Option<Definition>,
}

/// The file systems of a result: one, or one per platform. `None` is the empty file system, `scratch`.
#[derive(Clone, Debug, PartialEq)]
pub enum Refs {
    /// One, for whatever platform it is.
    Single(Option<Ref>),
    /// One for each platform, by the platform's name.
    Platforms(BTreeMap<String, Option<Ref>>),
}

impl Refs {
    /// All file systems that are not empty, in the order of their platforms' names.
    pub fn iter(&self) -> impl Iterator<Item = &Ref> {
        let (single, platforms) = match self {
            Self::Single(single) => (single.as_ref(), None),
            Self::Platforms(platforms) => (None, Some(platforms.values().flatten())),
        };
        single.into_iter().chain(platforms.into_iter().flatten())
    }
}

/// The empty file system.
impl Default for Refs {
    fn default() -> Self {
        Self::Single(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(id: &str) -> Ref {
        Ref { id: id.to_owned(), definition: None }
    }

    #[test]
    fn empty_file_systems_are_not_among_the_refs() {
        check(Refs::Single(None), &[]);
        check(Refs::Single(Some(reference("a"))), &["a"]);
        let platforms = [
            ("y".to_owned(), Some(reference("b"))),
            ("x".to_owned(), Some(reference("c"))),
            ("z".to_owned(), None),
        ];
        check(Refs::Platforms(platforms.into()), &["c", "b"]);

        fn check(refs: Refs, expect: &[&str]) {
            assert_eq!(refs.iter().map(|reference| reference.id.as_str()).collect::<Vec<_>>(), expect);
        }
    }
}
