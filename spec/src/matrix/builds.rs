//! The variants in the units in which they are built. One build has the same tags for all its platforms.

use super::root::{Combination, Root};
use super::{Matrix, Member, unless_mistakes};
use crate::base::diagnostic::Diagnostic;

impl Matrix<'_> {
    /// The builds. A variant whose tags differ by platform becomes several builds.
    ///
    /// # Errors
    /// All mistakes in tags, in the platforms of targets, and in conditions.
    pub fn builds(&self) -> Result<Vec<Member>, Vec<Diagnostic>> {
        let (mut builds, mut found) = (Vec::new(), self.errors());
        for root in self.published() {
            for combination in &root.combinations {
                builds.extend(self.builds_of(root, combination, &mut found));
            }
        }
        unless_mistakes(builds, found)
    }

    fn builds_of(
        &self,
        root: &Root<'_>,
        combination: &Combination,
        found: &mut Vec<Diagnostic>,
    ) -> Vec<Member> {
        if !root.reads.platform {
            return vec![self.member(root, combination, found)];
        }
        let mut builds: Vec<Member> = Vec::new();
        for platform in &combination.platforms {
            let one = Combination { platforms: [*platform].into(), ..combination.clone() };
            let member = self.member(root, &one, found);
            let same = |have: &&mut Member| (&have.tags, have.publish) == (&member.tags, member.publish);
            match builds.iter_mut().find(same) {
                Some(have) => have.platforms.extend(member.platforms),
                None => builds.push(member),
            }
        }
        builds
    }
}
