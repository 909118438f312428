//! Parses `.dockerignore` into exclude patterns as BuildKit's clients match them.

use buildkit_names::glob_matches;

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

/// Whether an ignore file certainly leaves a path of the context out. The path is relative and normalised. If only a part of a folder
/// is left out, or a pattern has `[`, `\\` or `**` within a name, the result is false.
///
/// ```
/// use varve_frontend::is_ignored;
/// assert!(is_ignored("target\n*.log\n", "target/app"));
/// assert!(!is_ignored("*\n!src/app.py\n", "src"));
/// ```
pub fn is_ignored(text: &str, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    patterns(text).iter().fold(false, |ignored, pattern| match pattern.strip_prefix('!') {
        // An exception can be for something below the path.
        Some(exception) => ignored && !could_be_within(exception, &parts),
        None => ignored || (1..=parts.len()).any(|end| matches(pattern, &parts[..end])),
    })
}

/// Whether a pattern can match the path, one of its parents, or something below it.
fn could_be_within(pattern: &str, parts: &[&str]) -> bool {
    let mut names = pattern.split('/').zip(parts).take_while(|(name, _)| !name.contains("**"));
    names.all(|(name, part)| name.contains(['[', '\\']) || glob_matches(name, part))
}

/// Whether a pattern matches a path. `**` stands for any number of folders.
fn matches(pattern: &str, parts: &[&str]) -> bool {
    let names: Vec<&str> = pattern.split('/').collect();
    // Whether the names so far match the first parts, for each number of parts.
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    for name in names {
        if name == "**" {
            let first = reached.iter().position(|reached| *reached).unwrap_or(reached.len());
            reached[first..].fill(true);
            continue;
        }
        let known = !name.contains("**") && !name.contains(['[', '\\']);
        for end in (1..reached.len()).rev() {
            reached[end] = known && reached[end - 1] && glob_matches(name, parts[end - 1]);
        }
        reached[0] = false;
    }
    reached[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_left_out() {
        let check = |text: &str, path: &str, expect: bool| {
            assert_eq!(is_ignored(text, path), expect, "{text:?} {path}");
        };
        check("target\n", "target", true);
        check("target\n", "target/debug/app", true);
        check("target\n", "src/target", false);
        check("**/target\n", "src/target", true);
        check("**/target\n", "target", true);
        check("a/**/b\n", "a/x/y/b/c", true);
        check("*.log\n", "x.log", true);
        check("*.log\n", "x/x.log", false);
        check("*\n!src\n", "src/app.py", false);
        check("*\n!src/app.py\n", "src", false);
        check("*\n!src\n", "docs", true);
        check("!src\n*\n", "src", true);
        check("*\n!**/*.py\n", "docs", false);
        check("[ab]\n", "a", false);
        check("", "a", false);
    }

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
