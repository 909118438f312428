//! Normalises paths as BuildKit's client does, so that equal paths are spelled alike.
//!
//! The functions follow `normalizePath` in client/llb/fileop.go. Its `path.Clean` looks only at the text.

use std::borrow::Cow;

/// Returns an absolute path without `.`, `..`, double slashes and trailing slashes. A relative path is relative to `/`.
pub(crate) fn absolute(path: &str) -> Cow<'_, str> {
    absolute_from("/", path)
}

/// Returns an absolute path like [`absolute`], except that a relative path is relative to `base`.
pub(crate) fn absolute_from<'a>(base: &str, path: &'a str) -> Cow<'a, str> {
    if is_clean(path) {
        return Cow::Borrowed(path);
    }
    let base = if path.starts_with('/') { "" } else { base };
    let mut segments = Vec::new();
    for segment in base.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    Cow::Owned(format!("/{}", segments.join("/")))
}

/// Returns an absolute path like [`absolute`], but keeps a trailing `/` or `/.`, which marks the destination of a copy as a folder.
pub(crate) fn destination(path: &str) -> Cow<'_, str> {
    let clean = absolute(path);
    let suffix = match () {
        () if path.ends_with('/') && clean != "/" => "/",
        () if path.ends_with("/.") && clean == "/" => ".",
        () if path.ends_with("/.") => "/.",
        () => return clean,
    };
    Cow::Owned(clean.into_owned() + suffix)
}

/// Whether a path is absolute and normalised already. Nearly every path is.
fn is_clean(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let mut names = rest.as_bytes().split(|byte| *byte == b'/');
    rest.is_empty() || names.all(|name| !matches!(name, b"" | b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths() {
        for (path, expect) in [
            ("/", "/"),
            ("", "/"),
            (".", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b"),
            ("a//b", "/a/b"),
            ("/a/./b/../c", "/a/c"),
            ("../..", "/"),
            ("/..a/.b", "/..a/.b"),
        ] {
            assert_eq!(absolute(path), expect, "{path}");
        }
    }

    #[test]
    fn relative_to_a_base() {
        for (base, path, expect) in [
            ("/src", "cache", "/src/cache"),
            ("/src", "/cache/", "/cache"),
            ("/src", "../x", "/x"),
            ("", "x", "/x"),
        ] {
            assert_eq!(absolute_from(base, path), expect, "{base} {path}");
        }
    }

    #[test]
    fn destinations_keep_the_mark_of_a_folder() {
        for (path, expect) in [
            ("/app/", "/app/"),
            ("/app/.", "/app/."),
            ("app", "/app"),
            ("/", "/"),
            ("./", "/"),
            ("/.", "/."),
            (".", "/"),
        ] {
            assert_eq!(destination(path), expect, "{path}");
        }
    }
}
