//! Determines the platform on which the processes of a stage run.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::platform::StagePlatform;
use crate::base::source::Span;
use crate::variant::concrete::ConcreteValue;

/// The platform of a stage. If its base is another stage, it is the platform of that stage, since the programs of the base are for
/// that platform; naming another one is an error. If its base is an image, it is the one that the stage names, or the target
/// platform. A stage from `scratch` always has the target platform, as in a Dockerfile.
pub(super) fn of_stage(
    own: Option<&ConcreteValue>,
    base: ParentBase<'_>,
) -> Result<StagePlatform, Diagnostic> {
    let said = own.and_then(|own| Some((StagePlatform::named(own.as_text()?), own.span)));
    match (said, base) {
        (_, ParentBase::Nothing) => Ok(StagePlatform::Target),
        (Some((said, span)), ParentBase::Stage { name, span: below, platform }) if said != platform => {
            let (own, other) = (said.of("target", "build"), platform);
            let other = other.of("the platform of the image", "the build platform");
            let message = format!("`platform` is {own}, but the base `{name}` runs on {other}");
            Err(Diagnostic::error(Code::BadValue, span, message)
                .label("a stage runs on the platform of the stage that it starts from")
                .related(below, "that stage")
                .help("remove `platform`, or start from an image and copy the files that you need"))
        }
        (_, ParentBase::Stage { platform, .. }) => Ok(platform),
        (Some((said, _)), ParentBase::Image) => Ok(said),
        (None, ParentBase::Image) => Ok(StagePlatform::Target),
    }
}

/// What the platform of a stage depends on in its base.
#[derive(Debug, Clone, Copy)]
pub(super) enum ParentBase<'s> {
    /// The base is `scratch`.
    Nothing,
    /// The base is an image, which can exist for several platforms.
    Image,
    /// The base is a stage, or an image that replaces a stage.
    Stage {
        /// The name of the stage.
        name: &'s str,
        /// The place of the name.
        span: Span,
        /// The platform of the stage.
        platform: StagePlatform,
    },
}
