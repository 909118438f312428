//! `SOURCE_DATE_EPOCH`: the one time that a reproducible build writes into images and files
//! (<https://reproducible-builds.org/docs/source-date-epoch/>).

use buildkit_gateway::{Options, Status};
use buildkit_llb::Timestamp;

/// The name of the build argument.
pub(crate) const ARGUMENT: &str = varve_spec::SOURCE_DATE_EPOCH;

/// The time of a build, in whole seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub u32);

impl Epoch {
    /// Reads the time from the options. `None` if the argument is missing or empty.
    ///
    /// # Errors
    /// Returns an error if the argument is not a number of seconds that the time of a file can have.
    pub(crate) fn read(options: &Options) -> Result<Option<Self>, Status> {
        let text = options.build_args.get(ARGUMENT).map_or("", String::as_str);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(|seconds| Some(Self(seconds))).map_err(|_| unknown(text))
    }

    /// Whether the options set a time, as a number or as a name.
    pub(crate) fn is_given(options: &Options) -> bool {
        options.build_args.get(ARGUMENT).is_some_and(|text| !text.is_empty())
    }

    /// Returns the argument if it is a name such as `context`, which is neither empty nor a number.
    pub(crate) fn name(options: &Options) -> Option<&str> {
        let text = options.build_args.get(ARGUMENT)?;
        (!text.is_empty() && text.parse::<i64>().is_err()).then_some(text)
    }

    /// Returns the time in the form of file operations.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp { seconds: self.0 }
    }

    /// Formats the time for image configurations (RFC 3339): `2009-02-13T23:31:30Z`.
    pub(crate) fn rfc3339(self) -> String {
        varve_spec::Timestamp::of_seconds(self.0).rfc3339()
    }
}

/// Creates the error for an argument that is neither a time nor the name of something with a time.
pub(crate) fn unknown(text: &str) -> Status {
    Status::user(format!(
        "{ARGUMENT} is `{text}`, expected a number of seconds since 1970 (as from `git log -1 --pretty=%ct`), `context`, or the \
        name of a context or of a stage"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_not_a_time() {
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
