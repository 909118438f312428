//! The patterns of paths that `copy` reads.
//!
//! In a build file, `*`, `?` and `[a-z]` match characters of a name, and a character after a `\` is literal. BuildKit's copy takes a
//! `\` outside of brackets for a part of the name (`containsWildcards` in `fsutil/copy/copy.go`), and clients take `[*]` for a part of the
//! name. Both understand `[\*]`, so that is the form in a plan.

/// Turns the pattern of a build file into one for BuildKit: `a\*b` becomes `a[\*]b`.
pub(super) fn for_buildkit(written: &str) -> String {
    let mut pattern = String::with_capacity(written.len());
    let mut chars = written.chars();
    let mut in_brackets = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_brackets => pattern.extend(std::iter::once(c).chain(chars.next())),
            '\\' => push_literal(&mut pattern, chars.next().unwrap_or('\\')),
            _ => {
                in_brackets = (in_brackets || c == '[') && c != ']';
                pattern.push(c);
            }
        }
    }
    pattern
}

/// Returns the only name that the pattern of a build file matches: `a*b` for `a\*b`. `None` if it has a wildcard.
pub(super) fn name(written: &str) -> Option<String> {
    let mut name = String::with_capacity(written.len());
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.push(chars.next().unwrap_or('\\')),
            '*' | '?' | '[' => return None,
            _ => name.push(c),
        }
    }
    Some(name)
}

/// Returns the pattern for BuildKit that matches one name only.
pub(super) fn literal(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    name.chars().for_each(|c| push_literal(&mut pattern, c));
    pattern
}

fn push_literal(pattern: &mut String, c: char) {
    match c {
        '*' | '?' | '[' | '\\' => pattern.extend(['[', '\\', c, ']']),
        _ => pattern.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_makes_the_next_character_literal() {
        for (written, expect) in [
            ("src/*.txt", "src/*.txt"),
            (r"star\*", r"star[\*]"),
            (r"a\?b\[c]", r"a[\?]b[\[]c]"),
            (r"c\\d", r"c[\\]d"),
            (r"a\b", "ab"),
            (r"a[\*]b", r"a[\*]b"),
            (r"[a\]b]*", r"[a\]b]*"),
            (r"end\", r"end[\\]"),
            (r"[open\", r"[open\"),
        ] {
            assert_eq!(for_buildkit(written), expect, "{written}");
        }
    }

    #[test]
    fn a_pattern_without_wildcards_has_a_name() {
        assert_eq!(name(r"a\*\[1]\\").as_deref(), Some(r"a*[1]\"));
        assert_eq!(name(r"end\").as_deref(), Some(r"end\"));
        assert_eq!((name("a*"), name("a?"), name("[a]")), (None, None, None));
    }

    #[test]
    fn a_name_is_a_pattern_of_itself() {
        assert_eq!(literal("a b.txt"), "a b.txt");
        assert_eq!(literal(r"a[1]*?\"), r"a[\[]1][\*][\?][\\]");
    }
}
