//! What a family reads from elsewhere by a name that can come to stand for something else.

use std::collections::BTreeMap;
use std::fmt;

use buildkit_names::Platform;

use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::plan::{Dockerfile, Origin, Plan};

/// Something from elsewhere, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum External {
    /// An image for a platform; for every platform when left out.
    Image {
        /// The name as the build file writes it.
        reference: ImageName,
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

    /// An image for a platform; nothing when its name has a digest.
    pub fn image(reference: &ImageName, platform: Platform) -> Option<Self> {
        let named = !reference.has_digest();
        named.then(|| Self::Image { reference: reference.clone(), platform: Some(platform) })
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

    /// The texts that name it.
    pub(crate) fn name(&self) -> [&str; 2] {
        match self {
            Self::Image { reference, .. } => [reference.as_str(), ""],
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
                write!(f, "the image `{reference}` for {}", platform)
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
