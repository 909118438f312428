//! The order of versions. They are compared segment by segment, so `12.10` comes after `12.9`.

use std::cmp::Ordering;

/// Compares two versions. Returns `None` if one of them is not a version. A version has an optional `v`, then a digit, then
/// letters, digits, and the characters `. - + _`.
///
/// Numbers are compared as numbers, and a missing number counts as 0. Letters come before the end and before numbers: `1.0rc1` is
/// less than `1.0`.
///
/// ```
/// use std::cmp::Ordering::{Equal, Greater, Less};
/// use varve_spec::compare_versions;
/// assert_eq!(compare_versions("12.10", "12.9"), Some(Greater));
/// assert_eq!(compare_versions("1.0rc1", "1.0"), Some(Less));
/// assert_eq!(compare_versions("24.4", "24.04.0"), Some(Equal));
/// assert_eq!(compare_versions("noble", "24.04"), None);
/// ```
pub fn compare_versions(a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (segments(a)?, segments(b)?);
    let ordering = loop {
        match (a.next(), b.next()) {
            (None, None) => break Ordering::Equal,
            (Some(a), None) => match a.against_end() {
                Ordering::Equal => {}
                other => break other,
            },
            (None, Some(b)) => match b.against_end() {
                Ordering::Equal => {}
                other => break other.reverse(),
            },
            (Some(a), Some(b)) => match a.cmp(&b) {
                Ordering::Equal => {}
                other => break other,
            },
        }
    };
    Some(ordering)
}

/// The number at the start of a segment, as written. Segments are separated by dots: index 1 of `24.04` is `04`.
pub(crate) fn number(version: &str, index: usize) -> Option<&str> {
    let segment = version.strip_prefix('v').unwrap_or(version).split('.').nth(index)?;
    let digits = segment.find(|c: char| !c.is_ascii_digit()).unwrap_or(segment.len());
    (digits > 0).then(|| &segment[..digits])
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Letters(&'a str),
    /// The count of digits and the digits, both without leading zeros. A longer number is larger, so the count is compared first.
    Number(usize, &'a str),
}

impl Segment<'_> {
    fn against_end(&self) -> Ordering {
        match self {
            Self::Letters(_) => Ordering::Less,
            Self::Number(0, _) => Ordering::Equal,
            Self::Number(..) => Ordering::Greater,
        }
    }
}

fn segments(version: &str) -> Option<impl Iterator<Item = Segment<'_>>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.chars().all(fits) {
        return None;
    }
    let mut rest = version;
    Some(std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let same = |c: char| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let (segment, behind) = rest.split_at(rest.find(|c| !same(c)).unwrap_or(rest.len()));
        rest = behind;
        let significant = segment.trim_start_matches('0');
        match (segment.is_empty(), digits) {
            (true, _) => None,
            (_, true) => Some(Segment::Number(
                significant.len(),
                if significant.is_empty() { "0" } else { significant },
            )),
            (_, false) => Some(Segment::Letters(segment)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_total_on_versions() {
        let ascending =
            ["0", "1.0-alpha", "1.0rc1", "1.0", "1.0.1", "1.2", "1.10", "2", "v10", "12.9", "12.10", "24.04"];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare_versions(a, b), Some(i.cmp(&j)), "{a} {b}");
            }
        }
        for text in ["", "noble", "cuda12.9", "1 2", "-1", ">=1"] {
            assert_eq!(compare_versions(text, "1"), None, "{text}");
        }
    }

    #[test]
    fn majors_and_minors() {
        let check = |version: &str, major: Option<&str>, minor: Option<&str>| {
            assert_eq!((number(version, 0), number(version, 1)), (major, minor), "{version}");
        };
        check("12.9.1", Some("12"), Some("9"));
        check("v24.04", Some("24"), Some("04"));
        check("3", Some("3"), None);
        check("x", None, None);
    }
}
