//! The answer to a request to solve.

use std::collections::BTreeMap;

use crate::{Attestation, Ref, Refs, Status};

/// The answer to a request to solve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solved {
    /// The file systems.
    pub refs: Refs,
    /// Metadata, such as `containerimage.config`. Only the answer of another frontend has metadata.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Attestations by the name of the platform. Only the answer of another frontend has attestations.
    pub attestations: BTreeMap<String, Vec<Attestation>>,
}

impl Solved {
    /// Returns the file system of a result for one platform.
    ///
    /// # Errors
    /// Returns an error if the result has a file system for each platform.
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
    fn only_a_result_for_one_platform_has_a_single_ref() {
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
}
