//! Parses `.dockerignore` into exclude patterns as BuildKit's clients match them.

use crate::util::paths::clean_path;

/// Parses the patterns of an ignore file. Comments and blank lines are dropped, paths are normalised, and a leading `!` is kept
/// (`moby/patternmatcher/ignorefile`; documented at <https://docs.docker.com/build/concepts/context/#dockerignore-files>).
///
/// ```text
/// # comment      ->
/// /target/       -> target
/// ! ./src//a     -> !src/a
/// ```
pub(crate) fn patterns(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter(|line| !line.starts_with('#')).filter_map(pattern).collect()
}

fn pattern(line: &str) -> Option<String> {
    let line = line.trim();
    let (negated, path) = match line.strip_prefix('!') {
        Some(path) => ("!", path.trim()),
        None => ("", line),
    };
    if path.is_empty() {
        return if negated.is_empty() { None } else { Some(negated.to_owned()) };
    }
    let clean = clean_path(path);
    let relative = if clean.len() > 1 { clean.strip_prefix('/').unwrap_or(&clean) } else { &clean };
    Some(format!("{negated}{relative}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_patterns() {
        let check = |text: &str, expect: &[&str]| assert_eq!(patterns(text), expect, "{text:?}");
        check("", &[]);
        check("# a\n\n  \nb\n", &["b"]);
        check("\u{feff}/target/\n", &["target"]);
        check("! ./src//a \n!\n", &["!src/a", "!"]);
        check("a/../b\r\n**/*.pyc\n", &["b", "**/*.pyc"]);
        check(" # not a comment", &["# not a comment"]);
        check("/\n.\n", &["/", "."]);
    }
}
