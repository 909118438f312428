//! `SOURCE_DATE_EPOCH`: the one time that a build may tell (<https://reproducible-builds.org/docs/source-date-epoch/>).

use buildkit_gateway::{Options, Status};
use buildkit_llb::Timestamp;

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
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// The error that a text is neither a time nor the name of what has one.
pub(crate) fn unknown(text: &str) -> Status {
    Status::user(format!(
        "{ARGUMENT} is `{text}`, expected a number of seconds since 1970, such as `git log -1 --pretty=%ct` prints it, \
         `context`, or the name of a context or of a stage"
    ))
}

/// Year, month and day of a day since 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
fn date(days: u32) -> (u32, u32, u32) {
    const DAYS_OF_400_YEARS: u32 = 146_097;
    const FROM_YEAR_0: u32 = 719_468;
    let days = days + FROM_YEAR_0;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u32::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        let check = |seconds: u32, expect: &str| assert_eq!(Epoch(seconds).rfc3339(), expect);
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_399, "2000-02-28T23:59:59Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(951_868_800, "2000-03-01T00:00:00Z");
        check(1_234_567_890, "2009-02-13T23:31:30Z");
        check(1_704_067_199, "2023-12-31T23:59:59Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
        check(u32::MAX, "2106-02-07T06:28:15Z");
    }

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
