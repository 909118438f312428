//! Refs: handles on what the daemon solved.

use std::collections::BTreeMap;

use buildkit_proto::pb::Definition;

use crate::{Attestation, Status};

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

/// What solving gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solved {
    /// The file systems.
    pub refs: Refs,
    /// Facts beside them, such as `containerimage.config`: only another frontend's answer has any.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Attestations by platform name: only another frontend's answer has any.
    pub attestations: BTreeMap<String, Vec<Attestation>>,
}

impl Solved {
    /// The one file system of the result; fails if it has one per platform.
    pub fn single(self) -> Result<Option<Ref>, Status> {
        match self.refs {
            Refs::Single(single) => Ok(single),
            Refs::Platforms(platforms) => {
                let names: Vec<_> = platforms.into_keys().collect();
                Err(Status::user(format!("expected a result for one platform, found [{}]", names.join(", "))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(id: &str) -> Ref {
        Ref { id: id.to_owned(), definition: None }
    }

    #[test]
    fn one_of_one_and_none_of_several() {
        let one = Solved { refs: Refs::Single(Some(reference("r"))), ..Solved::default() };
        assert_eq!(one.single(), Ok(Some(reference("r"))));
        assert_eq!(Solved::default().single(), Ok(None));
        let platforms = [("linux/arm64".to_owned(), None), ("linux/amd64".to_owned(), Some(reference("r")))];
        let several = Solved { refs: Refs::Platforms(platforms.into()), ..Solved::default() };
        assert_eq!(
            several.single().unwrap_err().message,
            "expected a result for one platform, found [linux/amd64, linux/arm64]"
        );
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
