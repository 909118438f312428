//! References from a family to images, branches and downloads. What they stand for can change.

use std::collections::BTreeMap;
use std::fmt;

use buildkit_names::Platform;

use crate::base::image_name::ImageName;
use crate::base::source::Span;
use crate::plan::{Action, Dockerfile, Download, Git, Origin, Plan};

/// A reference to an image, a branch or a download.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum External {
    /// An image.
    Image {
        /// The reference as the build file writes it.
        reference: ImageName,
        /// The platform. `None` for all platforms.
        platform: Option<Platform>,
    },
    /// A branch or tag of a git repository.
    Git {
        /// The address of the repository.
        url: String,
        /// The branch or tag. `None` for the default branch.
        reference: Option<String>,
    },
    /// The content of a URL.
    Download {
        /// The URL.
        url: String,
    },
}

/// All references of a family, each with the first place that contains it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Externals {
    /// The references in the build file.
    pub known: BTreeMap<External, Span>,
    /// Stages of Dockerfiles, each for one platform. The references in Dockerfiles are unknown to this crate, which does not read
    /// them.
    pub dockerfiles: BTreeMap<(Dockerfile, Platform), Span>,
    /// Places whose reference depends on a required arg that has no value.
    pub unknown: Vec<Span>,
}

impl External {
    /// The reference of an origin. `None` if the origin is not a reference, or if the build file pins it. It is also `None` for
    /// images, whose platform the origin does not say.
    fn of_origin(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Git(git) => Self::of_git(git),
            Origin::Download(download) => Self::of_download(download),
            Origin::Context | Origin::Stage(..) | Origin::Image(_) => None,
        }
    }

    /// The branch or tag of a repository. `None` if the build file pins the commit.
    pub(super) fn of_git(git: &Git) -> Option<Self> {
        (!git.is_pinned()).then(|| Self::Git { url: git.url.clone(), reference: git.reference.clone() })
    }

    /// The URL of a download. `None` if the build file has its digest.
    pub(super) fn of_download(download: &Download) -> Option<Self> {
        download.sha256.is_none().then(|| Self::Download { url: download.url.clone() })
    }

    /// The reference of an image for a platform. `None` if it has a digest.
    pub fn image(reference: &ImageName, platform: Platform) -> Option<Self> {
        let named = !reference.has_digest();
        named.then(|| Self::Image { reference: reference.clone(), platform: Some(platform) })
    }

    /// Whether this is what a name stands for: the reference of an image, the address of a repository, or the URL of a download. A
    /// repository has one name for all its branches and tags.
    pub fn is_named(&self, name: &str) -> bool {
        match self {
            Self::Image { reference, .. } => *reference == ImageName::new(name),
            Self::Git { url, .. } | Self::Download { url } => url == name,
        }
    }

    /// The reference of the same image for all platforms. Anything else is returned as it is.
    pub fn without_platform(&self) -> Self {
        match self {
            Self::Image { reference, .. } => Self::Image { reference: reference.clone(), platform: None },
            other => other.clone(),
        }
    }

    /// What it is: `image`, `git` or `download`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Image { .. } => "image",
            Self::Git { .. } => "git",
            Self::Download { .. } => "download",
        }
    }

    /// The platform of an image. `None` for all platforms, and for anything else.
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Self::Image { platform, .. } => platform.as_ref(),
            Self::Git { .. } | Self::Download { .. } => None,
        }
    }

    /// The texts of the reference: the reference of the image or the URL, and the branch or tag if there is one.
    pub fn name(&self) -> [&str; 2] {
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
    /// The references of the plan with their places. `build` is the build platform.
    pub fn externals(&self, build: &Platform) -> Vec<(External, Span)> {
        let images = self.images().into_iter().filter_map(|(reference, platform, span)| {
            Some((External::image(reference, platform.of(&self.platform, build).clone())?, span))
        });
        let origins =
            self.steps().flat_map(|step| step.origins().into_iter().map(|(origin, _)| (origin, step.span)));
        let origins = origins.filter_map(|(origin, span)| Some((External::of_origin(origin)?, span)));
        let keys = self.steps().flat_map(|step| match &step.action {
            Action::Repository(repository) => {
                repository.keys().map(|key| (key, step.span)).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        });
        let keys = keys.filter_map(|(key, span)| Some((External::of_download(key)?, span)));
        images.chain(origins).chain(keys).collect()
    }
}
