//! Where the processes of a stage run.

use super::Stage;
use crate::data::Data;
use crate::diagnostic::{Code, Diagnostic};

/// Where the processes of a stage run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// That of a stage: of the stage it starts from, for the programs there are for that platform; else what it says.
    pub(super) fn of_stage(own: Option<&Data>, below: Option<&Stage>) -> Result<Self, Diagnostic> {
        let said = own.and_then(|own| {
            let platform = if own.as_text()? == "build" { Self::Build } else { Self::Target };
            Some((platform, own.span))
        });
        match (said, below) {
            (Some((said, span)), Some(below)) if said != below.platform => {
                let (name, other) = (said.of("target", "build"), below.platform);
                let other = other.of("the platform of the image", "the machine that builds");
                let message = format!("`platform: {name}`, but `{}` is for {other}", below.name);
                Err(Diagnostic::error(Code::BadValue, span, message)
                    .label("a stage runs where the stage it starts from does")
                    .related(below.span, "that stage")
                    .help("leave `platform` out, or start from an image and copy what is needed"))
            }
            (_, Some(below)) => Ok(below.platform),
            (Some((said, _)), None) => Ok(said),
            (None, None) => Ok(Self::Target),
        }
    }
}
