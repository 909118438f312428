//! The variants in the units in which they are built. One build has the same tags, output and caches for all its platforms.

use std::collections::BTreeSet;

use super::plans::PlansLeft;
use super::root::{Combination, Root};
use super::variant_needs::VariantNeeds;
use super::{Details, Matrix, Member, fields, unless_mistakes};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sorted::set_of;

/// The number of tags that a warning lists.
const MOST_TAGS: usize = 3;

/// A variant for those of its platforms that have the same tags, output and caches.
pub(crate) struct Build {
    /// The variant, with these platforms.
    pub(crate) combination: Combination,
    /// The declaration of its target.
    pub(crate) details: Details,
}

impl Matrix<'_> {
    /// The builds, in the order of the file, target by target. A variant whose tags, output or caches differ by platform becomes
    /// several builds.
    ///
    /// # Errors
    /// All mistakes in tags, outputs and caches, in the platforms of targets, and in conditions. If a stage uses secrets, SSH agents or
    /// privileges: the mistakes in the steps of the variants too, or that there are too many variants.
    pub fn builds(&self) -> Result<Vec<Member>, Vec<Diagnostic>> {
        let (mut members, mut found) = (Vec::new(), self.errors());
        let mut left = PlansLeft::default();
        for root in self.published() {
            let mut needs = VariantNeeds::new(self, root);
            for combination in &root.combinations {
                for build in self.builds_of(root, combination) {
                    let needs = needs.of(&build.combination, &mut left, &mut found);
                    members.push(Member::of(self.request, root, &build.combination, &build.details, needs));
                    found.extend(build.details.found);
                }
            }
        }
        unless_mistakes(members, found)
    }

    /// The builds, for a program that builds all of them: a sample would leave some out.
    ///
    /// # Errors
    /// Those of [`builds`](Self::builds), and each target that has too many combinations to list them.
    pub fn all_builds(&self) -> Result<Vec<Member>, Vec<Diagnostic>> {
        let family = self.request.family;
        let too_many = self.samples().map(|(name, total)| {
            let target = family.targets.iter().find(|target| *target.name == *name);
            let span = target.map_or(family.build_span, |target| target.span);
            let message = format!("`{name}` has {total} combinations, too many to list all of them");
            let help = "set axes, such as `--build-arg os=debian`, or exclude combinations in `support`";
            Diagnostic::error(Code::BadValue, span, message).help(help)
        });
        let too_many: Vec<Diagnostic> = too_many.collect();
        if too_many.is_empty() { self.builds() } else { Err(too_many) }
    }

    /// A warning for each target with tags that contain facts. They are known after the build, so a program that builds from a list of
    /// builds cannot set them.
    pub fn tags_after_the_build(&self, builds: &[Member]) -> Vec<Diagnostic> {
        let warnings = self.published().filter_map(|root| {
            let of_root = builds.iter().filter(|build| *build.target == *root.name);
            let tags: BTreeSet<&str> =
                set_of(of_root.flat_map(|build| &build.tags_with_facts).map(String::as_str));
            let mut shown: Vec<String> = tags.iter().take(MOST_TAGS).map(|tag| format!("`{tag}`")).collect();
            if tags.len() > MOST_TAGS {
                shown.push(format!("{} more", tags.len() - MOST_TAGS));
            }
            let field = fields(&root.named.template).iter().find(|field| field.key == "tags")?;
            let message =
                format!("the tags of `{}` with facts are left out: {}", root.name, shown.join(", "));
            let warning = Diagnostic::warning(Code::LeftOut, field.value.span(), message);
            let help = "the build tells them: `frontend.varve.facts` in the file of `--metadata-file`";
            (!tags.is_empty()).then(|| warning.label("facts are known after the build").help(help))
        });
        warnings.collect()
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
