//! The variants as they are built: one build has the same tags on all its platforms.

use super::root::{Combination, Root};
use super::{Details, Matrix, Member};
use crate::diagnostic::Diagnostic;

impl Matrix<'_> {
    /// The variants, each with what is wrong with its tags. One whose tags are not the same on all its platforms is several.
    pub fn builds(&self) -> impl Iterator<Item = (Member, Vec<Diagnostic>)> {
        self.published().flat_map(|root| {
            root.combinations.iter().flat_map(|combination| self.builds_of(root, combination))
        })
    }

    fn builds_of(&self, root: &Root<'_>, combination: &Combination) -> Vec<(Member, Vec<Diagnostic>)> {
        let build = |combination: &Combination| {
            let details = Details::of(self.asked, root, combination);
            (Member::of(self.asked, root, combination, &details), details.found)
        };
        if !root.reads.platform {
            return vec![build(combination)];
        }
        let mut builds: Vec<(Member, Vec<Diagnostic>)> = Vec::new();
        for platform in &combination.platforms {
            let one = Combination { platforms: [*platform].into(), ..combination.clone() };
            let (member, found) = build(&one);
            let same = |(have, _): &&mut (Member, Vec<Diagnostic>)| {
                (&have.tags, have.publish) == (&member.tags, member.publish)
            };
            match builds.iter_mut().find(same) {
                Some((have, _)) => have.platforms.extend(member.platforms),
                None => builds.push((member, found)),
            }
        }
        builds
    }
}
