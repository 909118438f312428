//! Versions and their order: `12.10` comes after `12.9`, and `1.0rc1` comes before `1.0`.

use std::fmt;

/// A version, such as `12.9`, `v1.0-rc.1` or `2.7.1+cu129`. The order is that of PEP 440, and of Semantic Versioning where both agree.
///
/// A version is a release (numbers with dots between them, after an optional `v`) and suffixes. Zeros at the end of the release do not
/// count. A suffix starts with `.`, `-`, `_` or directly with its word. The suffixes in their order, the lowest version first:
///
/// | suffix | meaning |
/// |---|---|
/// | `dev` | a development build, before the release |
/// | `a`, `alpha` | a pre-release |
/// | `b`, `beta` | a later pre-release |
/// | `c`, `rc`, `pre`, `preview` | a release candidate |
/// | | the release |
/// | `+` and anything | a build of the release, such as `+cu129`; PEP 440's local version |
/// | `-1`, `post`, `rev`, `r`, `patch` | a correction of the release |
/// | `.1` | a later release |
///
/// Each word may have a number: `rc2`, `rc.2`. Upper and lower case are equal. Any other word is a [`VersionError::UnknownSuffix`], since
/// it is unknown whether `3.13-slim` comes before or after the release.
///
/// ```
/// use varve_spec::Version;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert!(Version::parse("12.10")? > Version::parse("12.9")?);
/// assert!(Version::parse("1.0rc1")? < Version::parse("1.0")?);
/// assert!(Version::parse("2.7.1+cu129")? > Version::parse("2.7.1")?);
/// assert_eq!(Version::parse("24.4")?, Version::parse("24.04.0")?);
/// assert_eq!(Version::parse("3.13-slim").unwrap_err().to_string(), "`-slim` has no place in the order of versions");
/// # Ok(())
/// # }
/// ```
///
/// Sources: PEP 440, "Summary of permitted suffixes and relative ordering" and "Normalization"; Semantic Versioning 2.0.0, items 9 to 11.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version<'a>(Vec<Item<'a>>);

/// Why a text cannot be compared as a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionError<'a> {
    /// The text does not start with a number, or it contains a character that versions do not have.
    NotAVersion(&'a str),
    /// The end of the text, starting with the first unknown word: `-slim` in `3.13-slim`.
    UnknownSuffix(&'a str),
}

impl fmt::Display for VersionError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVersion(text) => write!(f, "`{text}` is not a version"),
            Self::UnknownSuffix(suffix) => write!(f, "`{suffix}` has no place in the order of versions"),
        }
    }
}

impl std::error::Error for VersionError<'_> {}

/// A part of a version. The order of the variants is the order of versions that differ in this part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Item<'a> {
    Before(PreRelease, Number<'a>),
    /// The end of the version.
    End,
    /// The `+` before a local version.
    Local,
    /// Letters of a local version, in lower case.
    Word(String),
    /// A correction of the release.
    After(Number<'a>),
    Number(Number<'a>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PreRelease {
    Dev,
    Alpha,
    Beta,
    Candidate,
}

/// A number of any length. Its digits have no leading zeros, so the longer number is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number<'a>(usize, &'a str);

impl<'a> Number<'a> {
    fn of(digits: &'a str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self(digits.len(), digits)
    }
}

impl<'a> Version<'a> {
    /// Parses a version.
    ///
    /// # Errors
    /// The text is not a version, or it has a suffix whose place in the order is not defined.
    pub fn parse(text: &'a str) -> Result<Self, VersionError<'a>> {
        let not_a_version = VersionError::NotAVersion(text);
        let version = text.strip_prefix('v').unwrap_or(text);
        let fits = |c: char| c.is_ascii_alphanumeric() || is_separator(c) || c == '+';
        if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.chars().all(fits) {
            return Err(not_a_version);
        }
        let (release, mut rest) = release(version);
        let mut items: Vec<Item<'_>> = release.into_iter().map(Item::Number).collect();
        let mut local = false;
        while !rest.is_empty() {
            let suffix = rest;
            if let Some(behind) = rest.strip_prefix('+').filter(|_| !local) {
                local = true;
                items.push(Item::Local);
                rest = behind;
            }
            let separator;
            (separator, rest) = split(rest, is_separator);
            let digits;
            (digits, rest) = split(rest, |c| c.is_ascii_digit());
            if !digits.is_empty() {
                let number = Number::of(digits);
                let later = local || separator.is_empty() || separator == ".";
                items.push(if later { Item::Number(number) } else { Item::After(number) });
                continue;
            }
            let word;
            (word, rest) = split(rest, |c| c.is_ascii_alphabetic());
            if word.is_empty() {
                return Err(not_a_version);
            }
            if local {
                items.push(Item::Word(word.to_ascii_lowercase()));
                continue;
            }
            let kind = kind(&word.to_ascii_lowercase()).ok_or(VersionError::UnknownSuffix(suffix))?;
            // PEP 440 has no pre-release of a pre-release but `dev`, and Semantic Versioning orders `alpha.beta` in another way.
            let has_kind = items.iter().any(|item| matches!(item, Item::Before(..)));
            if has_kind && kind.as_ref().is_some_and(|kind| *kind != PreRelease::Dev) {
                return Err(VersionError::UnknownSuffix(suffix));
            }
            let (digits, behind) = split(rest.trim_start_matches(is_separator), |c| c.is_ascii_digit());
            if !digits.is_empty() {
                rest = behind;
            }
            let number = Number::of(digits);
            items.push(kind.map_or(Item::After(number), |kind| Item::Before(kind, number)));
        }
        items.push(Item::End);
        Ok(Self(items))
    }
}

impl Version<'_> {
    /// Whether the version comes before a release.
    fn is_before_release(&self) -> bool {
        self.0.iter().any(|item| matches!(item, Item::Before(..)))
    }
}

/// The index of the newest release. If there are only versions before releases, that of the newest of these. `None` if there are no
/// texts.
///
/// # Errors
/// A text is not a version.
pub(crate) fn newest<'t>(
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<Option<usize>, VersionError<'t>> {
    let versions = texts.into_iter().map(Version::parse).collect::<Result<Vec<_>, _>>()?;
    let age = |version: &Version<'_>, other: &Version<'_>| {
        let (before, of_other) = (version.is_before_release(), other.is_before_release());
        of_other.cmp(&before).then_with(|| version.cmp(other))
    };
    Ok(versions.iter().enumerate().max_by(|a, b| age(a.1, b.1)).map(|(index, _)| index))
}

/// The kind of pre-release that a word in lower case stands for, or `Some(None)` for a correction.
fn kind(word: &str) -> Option<Option<PreRelease>> {
    Some(match word {
        "dev" => Some(PreRelease::Dev),
        "a" | "alpha" => Some(PreRelease::Alpha),
        "b" | "beta" => Some(PreRelease::Beta),
        "c" | "rc" | "pre" | "preview" => Some(PreRelease::Candidate),
        "post" | "rev" | "r" | "patch" => None,
        _ => return None,
    })
}

/// The numbers of the release without the zeros at its end, and the suffixes.
fn release(version: &str) -> (Vec<Number<'_>>, &str) {
    let mut numbers = Vec::new();
    let mut rest = version;
    loop {
        let (digits, behind) = split(rest, |c| c.is_ascii_digit());
        numbers.push(Number::of(digits));
        rest = behind;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    let significant = numbers.iter().rposition(|number| number.0 > 0).map_or(0, |last| last + 1);
    numbers.truncate(significant);
    (numbers, rest)
}

/// Splits a text after the characters at its start that fit.
fn split(text: &str, fits: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !fits(c)).unwrap_or(text.len()))
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_')
}

/// The number at the start of a segment, as written. Segments are separated by dots: index 1 of `24.04` is `04`.
pub(crate) fn number(version: &str, index: usize) -> Option<&str> {
    let segment = version.strip_prefix('v').unwrap_or(version).split('.').nth(index)?;
    let digits = segment.find(|c: char| !c.is_ascii_digit()).unwrap_or(segment.len());
    (digits > 0).then(|| &segment[..digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that the versions ascend, pair by pair.
    fn ascend(versions: &[&str]) {
        for (i, a) in versions.iter().enumerate() {
            for (j, b) in versions.iter().enumerate() {
                let order = Version::parse(a).unwrap().cmp(&Version::parse(b).unwrap());
                assert_eq!(order, i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn order_is_total_on_versions() {
        ascend(&[
            "0",
            "1.0-alpha",
            "1.0rc1",
            "1.0",
            "1.0.1",
            "1.2",
            "1.10",
            "2",
            "v10",
            "12.9",
            "12.10",
            "24.04",
        ]);
    }

    /// The example of PEP 440, "Summary of permitted suffixes and relative ordering", and its local versions.
    #[test]
    fn order_of_pep_440() {
        ascend(&[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
        ]);
    }

    /// The example of Semantic Versioning 2.0.0, item 11, without its identifiers of no fixed meaning.
    #[test]
    fn order_of_semantic_versions() {
        ascend(&[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ]);
    }

    /// Pairs on which dpkg agrees: numbers as numbers, Debian revisions and `+` after the release.
    #[test]
    fn order_of_dpkg() {
        ascend(&["8.9.7.29", "8.9.7.29-1", "8.9.7.29-2", "8.9.7.29-10", "8.9.7.30-1", "8.10"]);
        ascend(&["2.7.1", "2.7.1+cu118", "2.7.1+cu129", "2.7.1+cu129.1", "2.8.0"]);
    }

    #[test]
    fn local_versions_come_after_their_release_and_before_the_next() {
        ascend(&[
            "2.7.1rc1+cu129",
            "2.7.1",
            "2.7.1+CU128",
            "2.7.1+cu129",
            "2.7.1.post1",
            "2.7.1.1",
            "2.8.0+cu118",
        ]);
    }

    #[test]
    fn one_version_has_several_spellings() {
        for (a, b) in [
            ("1.0", "1.0.0"),
            ("24.04", "24.4"),
            ("1.0a", "1.0-alpha.0"),
            ("1.0-RC.1", "1rc1"),
            ("1.0-1", "1.0.post1"),
            ("1.0c1", "1.0preview1"),
            ("1.0.r2", "1.0-rev2"),
            ("v2", "2"),
        ] {
            assert_eq!(Version::parse(a), Version::parse(b), "{a} {b}");
        }
    }

    #[test]
    fn a_suffix_without_a_known_meaning() {
        for (text, suffix) in [
            ("3.13-slim", "-slim"),
            ("1.26.0-alpine3.20", "-alpine3.20"),
            ("12.9.1-cudnn-devel", "-cudnn-devel"),
            ("1.0rc1-slim", "-slim"),
            ("3.13t", "t"),
            ("1.2.3-4-gabc", "-gabc"),
            ("1.0.0-alpha.beta", ".beta"),
        ] {
            assert_eq!(Version::parse(text), Err(VersionError::UnknownSuffix(suffix)), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_versions() {
        for text in ["", "noble", "cuda12.9", "1 2", "-1", ">=1", "1.0-", "1.", "1.0+", "1+a+b"] {
            assert_eq!(Version::parse(text), Err(VersionError::NotAVersion(text)), "{text}");
        }
    }

    #[test]
    fn the_newest_release_counts_more_than_what_comes_before_a_release() {
        let newest = |texts: &[&str]| super::newest(texts.iter().copied()).unwrap();
        assert_eq!(newest(&["3.9", "3.14", "3.15-rc", "3.13"]), Some(1));
        assert_eq!(newest(&["1.0a1", "1.0rc1", "1.0b2"]), Some(1));
        assert_eq!(newest(&[]), None);
        assert_eq!(super::newest(["3.14", "tip"]), Err(VersionError::NotAVersion("tip")));
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
