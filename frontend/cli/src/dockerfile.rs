//! `varve dockerfile`: a variant as a Dockerfile, as far as the files alone tell.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::OnUnknown;
use varve_frontend::render::dockerfile::dockerfile;

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    files::with_builds(arguments, OnUnknown::Error, |builds| match builds {
        [one] => Ok(match dockerfile(one) {
            Ok(out) => Answer { out: out.into(), ..Answer::default() },
            Err(found) => files::wrong(&found, one.sources),
        }),
        _ => Err(Failure::Usage("a Dockerfile is that of one platform: name one with --platform".to_owned())),
    })
}
