//! `SOURCE_DATE_EPOCH`: the one time that a build may tell (<https://reproducible-builds.org/docs/source-date-epoch/>).

use buildkit_gateway::{Options, Status};
use buildkit_llb::Timestamp;
use varve_spec::Moment;

/// The build argument.
pub(crate) const ARGUMENT: &str = "SOURCE_DATE_EPOCH";

/// A point in time, in whole seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The time that the build was given; nothing, or an empty text, is none.
    ///
    /// # Errors
    /// It is no number of seconds that files can have.
    pub(crate) fn read(options: &Options) -> Result<Option<Self>, Status> {
        let text = options.build_args.get(ARGUMENT).map_or("", String::as_str);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(|seconds| Some(Self(seconds))).map_err(|_| unknown(text))
    }

    /// Whether the build was given one, in whatever form.
    pub(crate) fn is_given(options: &Options) -> bool {
        options.build_args.get(ARGUMENT).is_some_and(|text| !text.is_empty())
    }

    /// The name that stands in the place of a time: what is neither nothing nor a number.
    pub(crate) fn name(options: &Options) -> Option<&str> {
        let text = options.build_args.get(ARGUMENT)?;
        (!text.is_empty() && text.parse::<i64>().is_err()).then_some(text)
    }

    /// As operations on files take it.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp { seconds: self.0 }
    }

    /// As image configurations write it (RFC 3339): `2009-02-13T23:31:30Z`.
    pub(crate) fn rfc3339(self) -> String {
        Moment::of_seconds(self.0).rfc3339()
    }
}

/// The error that a text is neither a time nor the name of what has one.
pub(crate) fn unknown(text: &str) -> Status {
    Status::user(format!(
        "{ARGUMENT} is `{text}`, expected a number of seconds since 1970, such as `git log -1 --pretty=%ct` prints it, \
         `context`, or the name of a context or of a stage"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time() {
        let read = |text: &str| {
            let build_args = [(ARGUMENT.to_owned(), text.to_owned())].into();
            Epoch::read(&Options { build_args, ..Options::default() })
        };
        assert_eq!(Epoch::read(&Options::default()), Ok(None));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("1234"), Ok(Some(Epoch(1234))));
        for text in ["now", "-1", "4294967296", "1.5", "context"] {
            let message = read(text).unwrap_err().message;
            assert!(message.starts_with(&format!("SOURCE_DATE_EPOCH is `{text}`, expected")), "{message}");
        }
    }
}
