//! The days of times, for messages.

/// The day of a time in seconds since 1970, such as `2026-11-30` (the algorithm `civil_from_days` of Howard Hinnant).
pub(super) fn of(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_of_times() {
        let check = |seconds: i64, expect: &str| assert_eq!(super::of(seconds), expect);
        check(0, "1970-01-01");
        check(951_782_400, "2000-02-29");
        check(1_796_083_200, "2026-12-01");
        check(-1, "1969-12-31");
    }
}
