//! The variants in the units in which they are built. One build has the same tags for all its platforms.

use super::root::{Combination, Root};
use super::{Details, Matrix, Member, unless_mistakes};
use crate::base::diagnostic::Diagnostic;

/// A variant for those of its platforms that have the same tags.
pub(crate) struct Build {
    /// The variant, with these platforms.
    pub(crate) combination: Combination,
    /// The declaration of its target.
    pub(crate) details: Details,
}

impl Matrix<'_> {
    /// The builds, in the order of the file, target by target. A variant whose tags differ by platform becomes several builds.
    ///
    /// # Errors
    /// All mistakes in tags, in the platforms of targets, and in conditions.
    pub fn builds(&self) -> Result<Vec<Member>, Vec<Diagnostic>> {
        let (mut members, mut found) = (Vec::new(), self.errors());
        for root in self.published() {
            for combination in &root.combinations {
                for build in self.builds_of(root, combination) {
                    members.push(Member::of(self.request, root, &build.combination, &build.details));
                    found.extend(build.details.found);
                }
            }
        }
        unless_mistakes(members, found)
    }

    /// The builds of a variant.
    pub(crate) fn builds_of(&self, root: &Root<'_>, combination: &Combination) -> Vec<Build> {
        let build = |combination: Combination| {
            let details = Details::of(self.request, root, &combination);
            Build { combination, details }
        };
        if !root.reads.platform {
            return vec![build(combination.clone())];
        }
        let mut builds: Vec<Build> = Vec::new();
        for platform in &combination.platforms {
            let one = build(Combination { platforms: [*platform].into(), ..combination.clone() });
            match builds.iter_mut().find(|have| have.details.is_like(&one.details)) {
                Some(have) => {
                    let platforms = have.combination.platforms.iter().copied().chain([*platform]);
                    have.combination.platforms = platforms.collect();
                }
                None => builds.push(one),
            }
        }
        builds
    }
}
