//! The syntax of path patterns: `*`, `?` and brackets match characters, and a character after a `\` is literal.
//!
//! This module checks patterns. It matches nothing.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// Letters and digits that have a meaning after a `\` in Go's regular expressions (`regexp/syntax/parse.go`).
const ESCAPES: &str = "0afnrtvxpPAbBzQdDsSwW";

/// Why a path pattern is not valid. Its text names the part that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPattern {
    /// A `!` without a pattern behind it.
    NothingAfterExclamationMark,
    /// A `[` without a `]`.
    OpenBracket,
    /// Brackets that start with a `]`, such as `[]` or `[^]`.
    EmptyBrackets,
    /// A `-` in brackets that is not between two characters, such as `[a-]`.
    Hyphen,
    /// A range that ends before it starts, such as `[z-a]`.
    ReversedRange(char, char),
    /// A `\` at the end.
    BackslashAtEnd,
    /// A `\` before a letter or a digit that it cannot stand before.
    Escape(char),
}

/// Checks a pattern of paths to copy. The syntax is that of Go's `filepath.Match`. A range must also contain a character.
///
/// ```
/// use buildkit_names::{InvalidPattern, check_pattern};
/// assert_eq!(check_pattern("src/[a-z]*.txt"), Ok(()));
/// assert_eq!(check_pattern("src/[a"), Err(InvalidPattern::OpenBracket));
/// ```
///
/// # Errors
/// The pattern is not valid: it would match nothing, or the builder would reject it.
pub fn check_pattern(pattern: &str) -> Result<(), InvalidPattern> {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next().ok_or(InvalidPattern::BackslashAtEnd)?),
            '[' => brackets(&mut chars)?,
            _ => {}
        }
    }
    Ok(())
}

/// Checks a pattern of paths to leave out. After a `!`, it is a pattern of paths to keep. The syntax is that of [`check_pattern`]. Since
/// the pattern becomes a regular expression, a `\` cannot stand before most letters and digits (`New` and `compile` in
/// `patternmatcher.go` of `github.com/moby/patternmatcher`).
///
/// # Errors
/// The pattern is not valid: the client or the builder would reject it.
pub fn check_exclude_pattern(pattern: &str) -> Result<(), InvalidPattern> {
    let pattern = pattern.trim();
    let path = match pattern.strip_prefix('!') {
        Some("") => return Err(InvalidPattern::NothingAfterExclamationMark),
        Some(path) => path,
        None => pattern,
    };
    // A `/` at the end is removed before the pattern is compiled.
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    check_pattern(path)?;
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        if c == '\\'
            && let Some(next) = chars.next()
            && !next.is_ascii_punctuation()
            && !next.is_ascii_whitespace()
            && !ESCAPES.contains(next)
        {
            return Err(InvalidPattern::Escape(next));
        }
    }
    Ok(())
}

/// Reads the characters and ranges after a `[`, up to its `]` (`matchChunk` and `getEsc` in Go's `path/filepath/match.go`).
fn brackets(chars: &mut Peekable<Chars<'_>>) -> Result<(), InvalidPattern> {
    chars.next_if_eq(&'^');
    if chars.peek() == Some(&']') {
        return Err(InvalidPattern::EmptyBrackets);
    }
    while chars.next_if_eq(&']').is_none() {
        let first = in_brackets(chars)?;
        if chars.next_if_eq(&'-').is_some() {
            let last = in_brackets(chars)?;
            if last < first {
                return Err(InvalidPattern::ReversedRange(first, last));
            }
        }
    }
    Ok(())
}

/// Reads one character in brackets.
fn in_brackets(chars: &mut Peekable<Chars<'_>>) -> Result<char, InvalidPattern> {
    match chars.next() {
        Some('-' | ']') => Err(InvalidPattern::Hyphen),
        Some('\\') => chars.next().ok_or(InvalidPattern::OpenBracket),
        Some(c) => Ok(c),
        None => Err(InvalidPattern::OpenBracket),
    }
}

impl InvalidPattern {
    /// What to write instead.
    pub fn help(self) -> String {
        match self {
            Self::NothingAfterExclamationMark => "write the paths to keep behind it, such as `!docs`".to_owned(),
            Self::OpenBracket => r"close it, as in `[ab]`, or write `\[` for the character `[`".to_owned(),
            Self::EmptyBrackets => {
                r"write the characters in the brackets, as in `[ab]`; `\[` and `\]` are the characters `[` and `]`"
                    .to_owned()
            }
            Self::Hyphen => r"write a range, as in `[a-z]`, or `\-` for the character `-`".to_owned(),
            Self::ReversedRange(first, last) => format!("write `{last}-{first}`"),
            Self::BackslashAtEnd => {
                r"write `/` between folders, and `\\` for the character `\`; a folder needs neither at its end".to_owned()
            }
            Self::Escape(c) => format!("write `/{c}` for a path in a folder, or `{c}` for the character"),
        }
    }
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingAfterExclamationMark => f.write_str("the `!` has no pattern behind it"),
            Self::OpenBracket => f.write_str("a `[` has no `]`"),
            Self::EmptyBrackets => f.write_str("there is no character between `[` and `]`"),
            Self::Hyphen => f.write_str("a `-` in brackets is not between two characters"),
            Self::ReversedRange(first, last) => write!(f, "the range `{first}-{last}` ends before it starts"),
            Self::BackslashAtEnd => f.write_str(r"the `\` at the end has no character behind it"),
            Self::Escape(c) => write!(f, r"`\{c}` stands for no character"),
        }
    }
}

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_go_compiles_are_valid() {
        for pattern in [
            "",
            "a",
            "*",
            "**/x",
            "a?b",
            "[a]",
            "[ab]c",
            "[^a]",
            "[^^]",
            "[a-z]",
            "[a-a]",
            "[a-z0-9_]",
            r"[\]]",
            r"[\-]",
            r"[\\-\]]",
            "[*]",
            "[[]",
            "[[:alpha:]]",
            "]",
            "a]b",
            "-",
            "!",
            r"\[",
            r"\\",
            r"a\*b",
            "ä[ö-ü]",
            "[!a]",
        ] {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
            if pattern != "!" {
                assert_eq!(check_exclude_pattern(pattern), Ok(()), "{pattern}");
            }
        }
        for pattern in ["!a", "!/", " a ", "!!", r"a\ b", r"src\data", r"\.git", "/", "a/", r"a\\/"] {
            assert_eq!(check_exclude_pattern(pattern), Ok(()), "{pattern}");
        }
        assert_eq!(
            check_pattern(r"src\main"),
            Ok(()),
            "without a regular expression, the character is literal"
        );
    }

    #[test]
    fn patterns_that_go_rejects_are_not_valid() {
        use InvalidPattern::*;
        for (pattern, expect) in [
            ("[", OpenBracket),
            ("a[b", OpenBracket),
            ("[a-", OpenBracket),
            ("[^", OpenBracket),
            (r"[a\", OpenBracket),
            (r"[a\]", OpenBracket),
            ("[a]/[b", OpenBracket),
            ("*[a", OpenBracket),
            ("[]", EmptyBrackets),
            ("[^]", EmptyBrackets),
            ("[]a]", EmptyBrackets),
            ("[-a]", Hyphen),
            ("[a-]", Hyphen),
            ("[a--]", Hyphen),
            ("[^-a]", Hyphen),
            ("[a-z-9]", Hyphen),
            ("[z-a]", ReversedRange('z', 'a')),
            (r"\", BackslashAtEnd),
            (r"a\\\", BackslashAtEnd),
        ] {
            assert_eq!(check_pattern(pattern), Err(expect), "{pattern}");
            assert_eq!(check_exclude_pattern(pattern), Err(expect), "{pattern}");
        }
        for (pattern, expect) in [
            ("!", NothingAfterExclamationMark),
            (" ! ", NothingAfterExclamationMark),
            ("![", OpenBracket),
            (r"bin\/", BackslashAtEnd),
            (r"src\main", Escape('m')),
            (r"src\ä", Escape('ä')),
            (r"v\9", Escape('9')),
        ] {
            assert_eq!(check_exclude_pattern(pattern), Err(expect), "{pattern}");
        }
    }
}
