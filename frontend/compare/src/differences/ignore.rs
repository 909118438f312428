//! Patterns of differences that are not reported.

use buildkit_names::glob_matches;
use varve_spec::nearest;

use super::difference::{Aspect, Difference};
use crate::base::error::{Error, ErrorKind};

/// Patterns of differences that are not reported. A pattern is one of these:
///
/// - A glob of paths, which starts with `/`. `*` matches any text within a name, `?` one character, and `**` any number of folders.
///   A pattern also ignores everything below a path that it matches. Examples: `/var/log`, `/usr/**/*.pyc`.
/// - The name of a difference, or the beginning of one, in upper or lower case. Examples: `history`, `config.created`,
///   `config.Labels.org.*`.
/// - A property of files, such as `mode`, `owner`, `mtime`, `xattrs` or `links`.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    paths: Vec<Vec<String>>,
    names: Vec<String>,
}

/// The first parts of the names of differences.
const AREAS: [&str; 7] = ["platforms", "config", "history", "layers", "attestations", "files", "whiteouts"];
const PROPERTIES: [&str; 9] =
    ["type", "mode", "owner", "target", "links", "content", "xattrs", "device", "mtime"];

impl Ignore {
    /// Parses patterns.
    ///
    /// # Errors
    /// Returns an error if a pattern can never match a difference.
    pub fn parse<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Ignore, Error> {
        let mut ignore = Ignore::default();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            if let Some(path) = pattern.strip_prefix('/') {
                let parts = path.split('/').filter(|part| !part.is_empty());
                ignore.paths.push(parts.map(str::to_owned).collect());
                continue;
            }
            let lower = pattern.to_lowercase();
            let area = lower.split('.').next().unwrap_or_default();
            let known = AREAS.iter().chain(&PROPERTIES).copied();
            if !known.clone().any(|name| name == area) {
                return Err(Error::new(ErrorKind::Pattern(unknown(pattern, area, known))));
            }
            ignore.names.push(lower);
        }
        Ok(ignore)
    }

    /// Whether a path or a folder above it is ignored.
    pub fn hides_path(&self, path: &str) -> bool {
        if self.paths.is_empty() {
            return false;
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        self.paths.iter().any(|pattern| fits(pattern, &parts))
    }

    /// Whether a difference is ignored.
    pub fn hides(&self, difference: &Difference) -> bool {
        let name = &difference.name;
        if name.starts_with('/') {
            let aspect = difference.aspect.as_ref().map(Aspect::name);
            return self.hides_path(name)
                || self.hides_name("files")
                || aspect.is_some_and(|aspect| self.hides_name(&aspect));
        }
        let path = name.split_once("./").map(|(_, path)| format!("/{path}"));
        self.hides_name(name) || path.is_some_and(|path| self.hides_path(&path))
    }

    /// Whether a name or the beginning of it is ignored.
    pub(crate) fn hides_name(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let fits =
            |pattern: &String| glob_matches(pattern, &name) || glob_matches(&format!("{pattern}.*"), &name);
        self.names.iter().any(fits)
    }
}

fn unknown<'n>(pattern: &str, area: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    let start = format!("unknown pattern `{pattern}`: ");
    match nearest(area, known.clone()) {
        Some(near) => format!("{start}did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = known.collect();
            format!("{start}expected a path that begins with `/`, or a name of {}", names.join(", "))
        }
    }
}

/// Whether the pattern matches the path or a folder above it. The time is proportional to the parts of the pattern times those of
/// the path.
fn fits(pattern: &[String], path: &[&str]) -> bool {
    // Which prefixes of the path match the parts of the pattern so far.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        for at in 0..=path.len() {
            next[at] = match part.as_str() {
                "**" => reached[at] || (at > 0 && next[at - 1]),
                part => at > 0 && reached[at - 1] && glob_matches(part, path[at - 1]),
            };
        }
        reached = next;
    }
    reached.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differences::difference::Side;

    fn hides(pattern: &str, name: &str, aspect: Option<Aspect>) -> bool {
        let difference = Difference { aspect, ..Difference::new(name, Some(Side::text("x")), None) };
        Ignore::parse([pattern]).unwrap().hides(&difference)
    }

    #[test]
    fn globs_are_of_paths_and_of_what_is_below() {
        let check = |pattern: &str, path: &str, expect: bool| {
            assert_eq!(hides(pattern, path, None), expect, "{pattern} {path}");
        };
        check("/var/log", "/var/log", true);
        check("/var/log/", "/var/log/a/b", true);
        check("/var/log", "/var/logs", false);
        check("/var/log", "/srv/var/log", false);
        check("/var/*/a", "/var/x/a", true);
        check("/var/*/a", "/var/x/y/a", false);
        check("/**/*.pyc", "/a.pyc", true);
        check("/**/*.pyc", "/usr/lib/a.pyc", true);
        check("/usr/**/a", "/usr/a", true);
        check("/usr/**/a", "/usr/x/y/a", true);
        check("/usr/**/a", "/opt/a", false);
        check("/**/**/**/**/b", &"/a".repeat(1000), false);
        check("/", "/a", true);
    }

    #[test]
    fn names_are_of_parts_of_images() {
        let check = |pattern: &str, name: &str, expect: bool| {
            assert_eq!(hides(pattern, name, None), expect, "{pattern} {name}");
        };
        check("history", "history.3.created_by", true);
        check("history", "history", true);
        check("config.created", "config.created", true);
        check("config.created", "config.created_by", false);
        check("config.env", "config.Env.PATH", true);
        check("config.Labels.org.opencontainers.*", "config.Labels.org.opencontainers.image.created", true);
        check("layers.*.digest", "layers.3.digest", true);
        check("layers.*.digest", "layers.3", false);
        check("files", "/any/path", true);
        check("/opt", "whiteouts./opt/a", true);
        check("config", "/config", false);
    }

    #[test]
    fn properties_are_of_all_files() {
        assert!(hides("mode", "/a", Some(Aspect::Mode)));
        assert!(!hides("mode", "/a", Some(Aspect::Owner)));
        assert!(!hides("mode", "/a", None));
        assert!(hides("mtime", "/a", Some(Aspect::Time)));
        assert!(hides("xattrs", "/a", Some(Aspect::Xattr("user.a".into()))));
        assert!(hides("xattrs.user.*", "/a", Some(Aspect::Xattr("user.a".into()))));
        assert!(!hides("xattrs.user.*", "/a", Some(Aspect::Xattr("security.a".into()))));
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_an_error() {
        let error = |pattern: &str| Ignore::parse([pattern]).unwrap_err().to_string();
        assert_eq!(error("histroy.created"), "unknown pattern `histroy.created`: did you mean `history`?");
        let text = error("var/log");
        assert!(
            text.starts_with("unknown pattern `var/log`: expected a path that begins with `/`, or"),
            "{text}"
        );
    }
}
