//! `varve diff`: what two variants share, and what differs.

use super::arguments::Arguments;
use super::{Answer, Failure, files};
use varve_frontend::OnUnknown;
use varve_frontend::render::{Built, diff_text, difference};

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let (first, second) = match arguments.operands() {
        [second] => (None, second),
        [first, second] => (Some(first.as_str()), second),
        _ => {
            return Err(Failure::Usage(
                "two variants at a time, such as `varve diff device=cpu device=cuda`".to_owned(),
            ));
        }
    };
    let name = |variant: Option<&str>| variant.unwrap_or("default").to_owned();
    let names = [name(first), name(Some(second))];
    let (first, second) = (arguments.variant(first)?, arguments.variant(Some(second))?);
    let single = |builds: &[Built<'_>]| match builds {
        [_] => Ok(()),
        _ => Err(Failure::Usage("a difference is that of one platform: name one".to_owned())),
    };
    files::with_builds(&first, OnUnknown::Placeholder, |firsts| {
        single(firsts)?;
        files::with_builds(&second, OnUnknown::Placeholder, |seconds| {
            single(seconds)?;
            let (Some(first), Some(second)) = (firsts.first(), seconds.first()) else {
                return Ok(Answer::default());
            };
            let difference = difference(&names, first, second);
            let out = match arguments.option("--format") {
                Some("json") => format!("{difference:#}\n"),
                _ => diff_text(&difference),
            };
            Ok(Answer { out: out.into(), ..Answer::default() })
        })
    })
}
