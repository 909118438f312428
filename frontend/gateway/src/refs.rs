//! Refs: handles of file systems in the daemon.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;

/// A handle of a file system in the daemon. For a lazy ref, the operations run when the file system is read or returned.
///
/// A ref is valid only in the build that it comes from. Two requests with the same definition return two refs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ref {
    /// The id that the daemon gave it.
    pub id: String,
    /// The definition of the file system, which makes it possible to build on the result of another frontend. Daemons with the
    /// capability `reference.output` return it, if another frontend was solved.
    pub definition: Option<Definition>,
}

/// The file systems of a result: one, or one for each platform. `None` is scratch, the empty file system.
#[derive(Clone, Debug, PartialEq)]
pub enum Refs {
    /// One file system, whose platform is not named.
    Single(Option<Ref>),
    /// A file system for each platform, by the name of the platform.
    Platforms(BTreeMap<String, Option<Ref>>),
}

impl Refs {
    /// Iterates over all file systems but scratch, sorted by the names of their platforms.
    pub fn iter(&self) -> impl Iterator<Item = &Ref> {
        let (single, platforms) = match self {
            Self::Single(single) => (single.as_ref(), None),
            Self::Platforms(platforms) => (None, Some(platforms.values().flatten())),
        };
        single.into_iter().chain(platforms.into_iter().flatten())
    }
}

/// The default is scratch.
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
