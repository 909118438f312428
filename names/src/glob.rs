//! Glob patterns: `*` matches any text, `?` matches one character, and any other character matches itself.

/// Whether the pattern matches the whole text. The time is at most the product of both lengths, for any pattern.
///
/// ```
/// use buildkit_names::glob_matches;
/// assert!(glob_matches("vllm/cuda*", "vllm/cuda12.9"));
/// assert!(!glob_matches("cuda?", "cuda12"));
/// ```
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| *c == '?' || *c == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(glob_matches(pattern, text), expect, "{pattern} {text}")
        };
        check("", "", true);
        check("*", "", true);
        check("*", "any", true);
        check("a*b*c", "a__b_b__c", true);
        check("a*b*c", "a__b_b__", false);
        check("?", "ä", true);
        check("?", "", false);
        check("cuda*", "rocm", false);
        check(&"*a".repeat(40), &"a".repeat(5000), true);
        check(&("*a".repeat(40) + "b"), &"a".repeat(5000), false);
    }
}
