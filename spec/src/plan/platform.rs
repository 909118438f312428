//! Where the processes of a stage run.

use crate::data::Data;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Where the processes of a stage run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StagePlatform {
    /// On the platform the image is for.
    Target,
    /// On the platform of the machine that builds.
    Build,
}

impl StagePlatform {
    /// Of the two, the one that is meant.
    pub fn of<T>(self, target: T, build: T) -> T {
        match self {
            Self::Target => target,
            Self::Build => build,
        }
    }

    /// That of a stage: of what it starts from, for the programs there are for that platform; else what it says. Nothing is of no
    /// platform, and what is made of nothing is for the platform of the image, whatever the stage says, as in a Dockerfile.
    pub(super) fn of_stage(own: Option<&Data>, below: Below<'_>) -> Result<Self, Diagnostic> {
        let said = own.and_then(|own| Some((Self::named(own.as_text()?), own.span)));
        match (said, below) {
            (_, Below::Nothing) => Ok(Self::Target),
            (Some((said, span)), Below::Stage { name, span: below, platform }) if said != platform => {
                let (own, other) = (said.of("target", "build"), platform);
                let other = other.of("the platform of the image", "the machine that builds");
                let message = format!("`platform: {own}`, but `{name}` is for {other}");
                Err(Diagnostic::error(Code::BadValue, span, message)
                    .label("a stage runs where the stage it starts from does")
                    .related(below, "that stage")
                    .help("leave `platform` out, or start from an image and copy what is needed"))
            }
            (_, Below::Stage { platform, .. }) => Ok(platform),
            (Some((said, _)), Below::Image) => Ok(said),
            (None, Below::Image) => Ok(Self::Target),
        }
    }

    /// The one that the file calls by this name.
    pub(super) fn named(name: &str) -> Self {
        if name == "build" { Self::Build } else { Self::Target }
    }
}

/// What a stage starts from, as far as its platform goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Below<'s> {
    /// Nothing at all.
    Nothing,
    /// An image that there may be for several platforms.
    Image,
    /// A stage, or what stands in its place.
    Stage {
        /// Its name.
        name: &'s str,
        /// Where its name stands.
        span: Span,
        /// Its platform.
        platform: StagePlatform,
    },
}
