//! Destinations of copies, normalised as `normalizePath` in client/llb/fileop.go does.

use std::borrow::Cow;

use buildkit_names::absolute_path;

/// The destination of a copy: an absolute path as [`absolute_path`] gives it, with the trailing `/` or `/.` that marks it as a folder.
pub(crate) fn destination(path: &str) -> Cow<'_, str> {
    let clean = absolute_path(path);
    let suffix = match () {
        () if path.ends_with('/') && clean != "/" => "/",
        () if path.ends_with("/.") && clean == "/" => ".",
        () if path.ends_with("/.") => "/.",
        () => return clean,
    };
    Cow::Owned(clean.into_owned() + suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

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
