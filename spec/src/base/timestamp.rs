//! Points in time: parsed from a date and formatted as one. This module does not read the clock.

const DAY: u64 = 86_400;
/// The number of days from 1 March of the year 0 to 1 January 1970.
const DAYS_BEFORE_1970: u64 = 719_468;
const DAYS_OF_400_YEARS: u64 = 146_097;

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The point in time that is this many seconds after 1970-01-01T00:00:00Z.
    pub fn of_seconds(seconds: u32) -> Self {
        Self(seconds.into())
    }

    /// The seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// Parses a point in time. There are three forms:
    ///
    /// - `20250101T000000Z`, which package archives use in the addresses of snapshots
    /// - `2025-01-01`, which is the start of that day in UTC
    /// - `2025-01-01T01:00:00+01:00`, a date and time as in RFC 3339, in whole seconds
    ///
    /// Returns `None` for any other text, for a date that does not exist, and for a time before 1970.
    pub fn parse(text: &str) -> Option<Self> {
        // A time of day is its three numbers and its offset from UTC in seconds.
        let (date, time) = if let Some(compact) = text.strip_suffix('Z').filter(|text| !text.contains('-')) {
            let (date, time) = compact.split_once('T')?;
            (parts(date, &[4, 2, 2], "")?, (parts(time, &[2, 2, 2], "")?, 0))
        } else if text.len() == 10 {
            (parts(text, &[4, 2, 2], "-")?, (vec![0, 0, 0], 0))
        } else {
            let (date, rest) = text.split_at_checked(10)?;
            let (time, zone) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
            (parts(date, &[4, 2, 2], "-")?, (parts(time, &[2, 2, 2], ":")?, offset(zone)?))
        };
        let (&[year, month, day], (&[hour, minute, second], offset)) =
            (date.as_slice(), (time.0.as_slice(), time.1))
        else {
            return None;
        };
        let within = hour < 24 && minute < 60 && second < 60;
        let seconds = days(year, month, day)? * DAY + hour * 3600 + minute * 60 + second;
        seconds.checked_add_signed(-offset).filter(|_| within).map(Self)
    }

    /// The form that package archives use: `20250101T000000Z`.
    pub fn compact(self) -> String {
        let [year, month, day, hour, minute, second] = self.parts();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// The form of RFC 3339: `2025-01-01T00:00:00Z`.
    pub fn rfc3339(self) -> String {
        let [year, month, day, hour, minute, second] = self.parts();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn parts(self) -> [u64; 6] {
        let (days, second) = (self.0 / DAY, self.0 % DAY);
        let [year, month, day] = date(days);
        [year, month, day, second / 3600, second / 60 % 60, second % 60]
    }
}

/// Parses numbers with the given counts of digits, which are separated by `between`.
fn parts(text: &str, lengths: &[usize], between: &str) -> Option<Vec<u64>> {
    let mut rest = text;
    let mut numbers = Vec::with_capacity(lengths.len());
    for length in lengths {
        if !numbers.is_empty() {
            rest = rest.strip_prefix(between)?;
        }
        let (digits, behind) = rest.split_at_checked(*length)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        numbers.push(digits.parse().ok().filter(|_| plain)?);
        rest = behind;
    }
    rest.is_empty().then_some(numbers)
}

/// The offset of a time zone from UTC in seconds: 3600 for `+01:00`, 0 for `Z`.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, behind) = match zone.split_at_checked(1)? {
        ("+", behind) => (1, behind),
        ("-", behind) => (-1, behind),
        _ => return None,
    };
    let parts = parts(behind, &[2, 2], ":")?;
    let &[hours, minutes] = parts.as_slice() else { return None };
    let seconds = i64::try_from(hours * 3600 + minutes * 60).ok()?;
    (hours < 24 && minutes < 60).then_some(sign * seconds)
}

/// The year, month and day of a count of days since 1970-01-01. Years are counted from March, so a leap day is the last day of its
/// year.
fn date(days: u64) -> [u64; 3] {
    let days = days + DAYS_BEFORE_1970;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [era * 400 + year + u64::from(month <= 2), month, day]
}

/// The number of days from 1970-01-01 to a date. `None` if the date does not exist or is earlier.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year_from_march = year.checked_sub(u64::from(month <= 2))?;
    let (era, of_era) = (year_from_march / 400, year_from_march % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let days = (era * DAYS_OF_400_YEARS + of_era).checked_sub(DAYS_BEFORE_1970)?;
    // A day such as 31 April would be counted as 1 May. Converting back detects it.
    (date(days) == [year, month, day]).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        let check = |seconds: u32, expect: &str| {
            let timestamp = Timestamp::of_seconds(seconds);
            assert_eq!(timestamp.rfc3339(), expect);
            assert_eq!(Timestamp::parse(expect), Some(timestamp), "{expect}");
            assert_eq!(Timestamp::parse(&timestamp.compact()), Some(timestamp), "{expect}");
        };
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
    fn texts_that_mean_the_same() {
        for text in [
            "20250101T000000Z",
            "2025-01-01",
            "2025-01-01T00:00:00Z",
            "2025-01-01t00:00:00z",
            "2025-01-01 00:00:00Z",
            "2025-01-01T01:30:00+01:30",
            "2024-12-31T16:00:00-08:00",
        ] {
            let timestamp = Timestamp::parse(text).map(Timestamp::compact);
            assert_eq!(timestamp.as_deref(), Some("20250101T000000Z"), "{text}");
        }
    }

    #[test]
    fn what_is_no_timestamp() {
        for text in [
            "",
            "Z",
            "T",
            "now",
            "2025",
            "20250101",
            "20250101T000000",
            "20250101T0000Z",
            "20250101t000000Z",
            "2025-1-1",
            "2025-01-01T00:00:00",
            "2025-01-01T00:00Z",
            "2025-01-01T00:00:00.5Z",
            "2025-01-01T00:00:00+1",
            "2025-01-01T00:00:00+24:00",
            "2025-01-01T00:00:00+00:60",
            "2025-02-29",
            "2025-00-01",
            "2025-13-01",
            "2025-04-31",
            "2025-01-00",
            "20250101T240000Z",
            "20250101T006000Z",
            "20250101T000060Z",
            "1969-12-31",
            "0000-01-01",
            "+025-01-01",
            "2025-01-01T00:00:00Zx",
            "２０２５-01-01",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(
            Timestamp::parse("9999-12-31").map(Timestamp::compact).as_deref(),
            Some("99991231T000000Z")
        );
    }
}
