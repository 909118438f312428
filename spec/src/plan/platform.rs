//! Where the processes of a stage run.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::platform::StagePlatform;
use crate::base::source::Span;
use crate::variant::concrete::ConcreteValue;

/// That of a stage: of what it starts from, for the programs there are for that platform; else what it says. Nothing is of no
/// platform, and what is made of nothing is for the platform of the image, whatever the stage says, as in a Dockerfile.
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

/// What a stage starts from, as far as its platform goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum ParentBase<'s> {
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
