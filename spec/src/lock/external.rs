//! What a family reads from elsewhere by a name that can come to stand for something else.

use std::collections::BTreeMap;
use std::fmt;

use crate::check::{Depth, MAX_PLANS, each_plan};
use crate::diagnostic::{Code, Diagnostic};
use crate::family::Family;
use crate::matrix::{Asked, Matrix, Question, Roots, UNKNOWN_TEXT, UNKNOWN_TEXTS};
use crate::plan::{Base, Dockerfile, Origin, Plan};
use crate::platform::Platform;
use crate::source::Span;

/// Something from elsewhere, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum External {
    /// An image for a platform; for every platform when left out.
    Image {
        /// The reference as the build file writes it.
        reference: String,
        /// The platform.
        platform: Option<Platform>,
    },
    /// What a branch or tag of a repository points at.
    Git {
        /// The address of the repository.
        url: String,
        /// The branch or tag; the default branch when left out.
        reference: Option<String>,
    },
    /// The content of a file.
    Download {
        /// The URL.
        url: String,
    },
}

/// Everything of a family that comes from elsewhere, each with the first place that names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Externals {
    /// What can be asked for.
    pub known: BTreeMap<External, Span>,
    /// Stages of Dockerfiles for a platform each: what they name themselves, only who reads Dockerfiles can tell.
    pub dockerfiles: BTreeMap<(Dockerfile, Platform), Span>,
    /// Places at which the name depends on an argument that has to be given and was not.
    pub unknown: Vec<Span>,
}

impl External {
    /// What an origin names; nothing when it is not from elsewhere, or when the build file says itself what it has to be.
    /// Images are those of a platform, which an origin does not tell.
    pub(super) fn of_origin(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Git(git) if !git.is_pinned() => {
                Some(Self::Git { url: git.url.clone(), reference: git.reference.clone() })
            }
            Origin::Download(download) if download.sha256.is_none() => {
                Some(Self::Download { url: download.url.clone() })
            }
            _ => None,
        }
    }

    /// An image for a platform; nothing when its reference has a digest.
    pub fn image(reference: &str, platform: Platform) -> Option<Self> {
        let named = !reference.contains('@');
        named.then(|| Self::Image { reference: reference.to_owned(), platform: Some(platform) })
    }

    /// The same image for every platform.
    pub(super) fn for_all_platforms(&self) -> Option<Self> {
        match self {
            Self::Image { reference, .. } => {
                Some(Self::Image { reference: reference.clone(), platform: None })
            }
            _ => None,
        }
    }

    fn name(&self) -> [&str; 2] {
        match self {
            Self::Image { reference, .. } => [reference, ""],
            Self::Git { url, reference } => [url, reference.as_deref().unwrap_or_default()],
            Self::Download { url } => [url, ""],
        }
    }
}

impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { reference, platform: None } => write!(f, "the image `{reference}`"),
            Self::Image { reference, platform: Some(platform) } => {
                write!(f, "the image `{reference}` for {}", platform.id())
            }
            Self::Git { url, reference: None } => write!(f, "the default branch of `{url}`"),
            Self::Git { url, reference: Some(reference) } => write!(f, "`{reference}` of `{url}`"),
            Self::Download { url } => write!(f, "the download `{url}`"),
        }
    }
}

impl Plan {
    /// What comes from elsewhere, with its places. `build` is the platform of the machine that builds.
    pub fn externals(&self, build: &Platform) -> Vec<(External, Span)> {
        let images = self.images().into_iter().filter_map(|(reference, platform, span)| {
            Some((External::image(reference, platform.of(&self.platform, build).clone())?, span))
        });
        let origins =
            self.steps().flat_map(|step| step.origins().into_iter().map(|(origin, _)| (origin, step.span)));
        let origins = origins.filter_map(|(origin, span)| Some((External::of_origin(origin)?, span)));
        images.chain(origins).collect()
    }
}

impl Family {
    /// What all variants name that comes from elsewhere, for all their platforms; those of stages that no target reaches too.
    ///
    /// # Errors
    /// What is wrong with any variant; or there are more of them than can be looked at.
    pub fn externals(&self, question: &Question) -> Result<Externals, Vec<Diagnostic>> {
        let matrix = Matrix::new(Asked { family: self, question }, Roots::All)?;
        let mut wrong: Vec<Diagnostic> =
            matrix.found.iter().filter(|found| found.is_error()).cloned().collect();
        let mut externals = Externals::default();
        let mut left = MAX_PLANS;
        let depth = Depth { every_platform: true, unknown: UNKNOWN_TEXTS };
        for (number, root) in matrix.roots.iter().enumerate() {
            let whole = each_plan(&matrix, number, depth, &mut left, &mut |_, plan| match plan {
                Ok(plan) => externals.add(&plan, &question.build_platform),
                Err(found) => wrong.extend(found),
            });
            if root.sample_of.is_some() || !whole {
                let message = format!("`{}` has more variants than can be looked at", root.name);
                wrong.push(
                    Diagnostic::error(Code::Sampled, root.span, message)
                        .label("so a lock would not be whole"),
                );
            }
        }
        wrong.sort_by_key(|found| found.span);
        wrong.dedup();
        if wrong.is_empty() { Ok(externals) } else { Err(wrong) }
    }
}

impl Externals {
    fn add(&mut self, plan: &Plan, build: &Platform) {
        for (external, span) in plan.externals(build) {
            if self.is_known(external.name(), span) {
                let first = self.known.entry(external).or_insert(span);
                *first = span.min(*first);
            }
        }
        for stage in &plan.stages {
            if let Base::Dockerfile(dockerfile) = &stage.base {
                let target = dockerfile.target.as_deref().unwrap_or_default();
                if self.is_known([&dockerfile.path, target], stage.base_span) {
                    let platform = stage.platform.of(&plan.platform, build).clone();
                    self.dockerfiles.entry((dockerfile.clone(), platform)).or_insert(stage.base_span);
                }
            }
        }
    }

    /// Whether a name does not depend on what is not known; notes the place where it does.
    fn is_known(&mut self, name: [&str; 2], span: Span) -> bool {
        let known = !name.iter().any(|text| text.contains(UNKNOWN_TEXT));
        if !known && !self.unknown.contains(&span) {
            self.unknown.push(span);
        }
        known
    }
}
