//! Parses ignore files, such as `.dockerignore`, into exclude patterns as BuildKit's clients match them.

use buildkit_names::{InvalidPattern, check_exclude_pattern, glob_matches};
use varve_spec::{Code, Diagnostic, Sources, Span};

use crate::util::paths::clean_path;

/// An ignore file whose patterns are all valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoreFile {
    patterns: Vec<String>,
}

/// An ignore file with patterns that are not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidIgnoreFile {
    text: String,
    /// The range of each invalid pattern in the text, in bytes.
    wrong: Vec<(usize, usize, InvalidPattern)>,
}

impl IgnoreFile {
    /// Parses the text of an ignore file. Comments and blank lines are dropped, paths are normalised, and a leading `!` is kept
    /// (`moby/patternmatcher/ignorefile`; documented at <https://docs.docker.com/build/concepts/context/#dockerignore-files>).
    ///
    /// ```text
    /// # comment      ->
    /// /target/       -> target
    /// ! ./src//a     -> !src/a
    /// ```
    ///
    /// # Errors
    /// A pattern is not valid.
    pub fn parse(text: &str) -> Result<Self, InvalidIgnoreFile> {
        let (mut patterns, mut wrong) = (Vec::new(), Vec::new());
        let mut start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        for line in text[start..].split_inclusive('\n') {
            if let Some(pattern) = pattern(line).filter(|_| !line.starts_with('#')) {
                if let Err(invalid) = check_exclude_pattern(&pattern) {
                    let from = start + line.len() - line.trim_start().len();
                    wrong.push((from, from + line.trim().len(), invalid));
                }
                patterns.push(pattern);
            }
            start += line.len();
        }
        if wrong.is_empty() {
            Ok(Self { patterns })
        } else {
            Err(InvalidIgnoreFile { text: text.to_owned(), wrong })
        }
    }

    /// The patterns, for the client.
    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether the file certainly leaves a path of the context out. The path is relative and normalised. If only a part of a folder
    /// is left out, or a pattern has `[`, `\\` or `**` within a name, the result is false.
    ///
    /// ```
    /// use varve_frontend::IgnoreFile;
    /// assert!(IgnoreFile::parse("target\n*.log\n")?.leaves_out("target/app"));
    /// assert!(!IgnoreFile::parse("*\n!src/app.py\n")?.leaves_out("src"));
    /// # Ok::<(), varve_frontend::InvalidIgnoreFile>(())
    /// ```
    pub fn leaves_out(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.patterns.iter().fold(false, |ignored, pattern| match pattern.strip_prefix('!') {
            // An exception can be for something below the path.
            Some(exception) => ignored && !could_be_within(exception, &parts),
            None => ignored || (1..=parts.len()).any(|end| matches(pattern, &parts[..end])),
        })
    }
}

impl InvalidIgnoreFile {
    /// Adds the file to the sources, and returns an error for each invalid pattern.
    pub fn found(&self, name: &str, sources: &mut Sources) -> Vec<Diagnostic> {
        let source = sources.add(name, &self.text);
        let errors = self.wrong.iter().map(|(start, end, invalid)| {
            let span = Span { source, start: *start as u32, end: *end as u32 };
            let message = format!("the pattern `{}` is not valid: {invalid}", &self.text[*start..*end]);
            Diagnostic::error(Code::BadPattern, span, message).help(invalid.help())
        });
        errors.collect()
    }
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
    for (number, name) in names.iter().enumerate() {
        if *name == "**" {
            // `build/**` is everything in the folder, and not the folder itself.
            let is_below = number > 0 && number == names.len() - 1;
            if let Some(first) = reached.iter().position(|reached| *reached) {
                reached[first..].fill(true);
                reached[first] = !is_below;
            }
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
            assert_eq!(IgnoreFile::parse(text).unwrap().leaves_out(path), expect, "{text:?} {path}");
        };
        check("target\n", "target", true);
        check("target\n", "target/debug/app", true);
        check("target\n", "src/target", false);
        check("**/target\n", "src/target", true);
        check("**/target\n", "target", true);
        check("a/**/b\n", "a/x/y/b/c", true);
        check("a/**\n", "a/x/y", true);
        check("a/**\n", "a", false);
        check("**\n", "a", true);
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
        let check = |text: &str, expect: &[&str]| {
            assert_eq!(IgnoreFile::parse(text).unwrap().patterns(), expect, "{text:?}");
        };
        check("", &[]);
        check("# a\n\n  \nb\n", &["b"]);
        check("\u{feff}/target/\n", &["target"]);
        check("! ./src//a \n", &["!src/a"]);
        check("a/../b\r\n**/*.pyc\n", &["b", "**/*.pyc"]);
        check(" # not a comment", &["# not a comment"]);
        check("/\n.\n", &["/", "."]);
    }

    #[test]
    fn every_invalid_pattern_of_a_file_is_an_error_at_its_place() {
        let text = "\u{feff}# [\n!\na\r\n  ä[b  \r\n! bin\\\n[a-z]\n[z-a]";
        let mut sources = Sources::single("image.yaml", "a");
        let found = IgnoreFile::parse(text).unwrap_err().found(".dockerignore", &mut sources);
        let shown: Vec<_> =
            found.iter().map(|found| (sources.locate(found.span), sources.text(found.span))).collect();
        let at = |place: &str| format!(".dockerignore:{place}");
        assert_eq!(
            shown,
            [(at("2:1"), "!"), (at("4:3"), "ä[b"), (at("5:1"), "! bin\\"), (at("7:1"), "[z-a]")]
        );
    }
}
