//! Parses the path of an image on the command line: `PATH` or `PATH@SELECTOR`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A path and a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) path: PathBuf,
    /// A platform, a name or a digest of one of the images at the path.
    pub(crate) selector: Option<String>,
}

impl Argument {
    /// Splits at the last `@` that follows an existing path. If the whole text is an existing path, there is no selector, even if
    /// the path contains `@`.
    pub(crate) fn parse(text: &OsStr) -> Argument {
        let whole = Argument { path: PathBuf::from(text), selector: None };
        if whole.path.exists() {
            return whole;
        }
        let bytes = text.as_bytes();
        let splits = bytes.iter().enumerate().rev().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
        let split = |at: usize| {
            let path = Path::new(OsStr::from_bytes(&bytes[..at]));
            let selector = std::str::from_utf8(&bytes[at + 1..]).ok()?;
            Some(Argument { path: path.to_owned(), selector: Some(selector.to_owned()) })
        };
        let mut splits = splits.filter_map(split).collect::<Vec<_>>();
        match splits.iter().position(|argument| argument.path.exists()) {
            Some(at) => splits.swap_remove(at),
            // If no path exists, the error message names the path before the first `@`.
            None => splits.pop().unwrap_or(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selector_is_behind_the_path_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("a@b")).unwrap();
        let check = |name: &str, path: &str, selector: Option<&str>| {
            let argument = Argument::parse(at(name).as_os_str());
            assert_eq!(argument, Argument { path: at(path), selector: selector.map(Into::into) }, "{name}");
        };
        check("a@b", "a@b", None);
        check("a@b@linux/amd64", "a@b", Some("linux/amd64"));
        check("a@b@app@sha256:00", "a@b", Some("app@sha256:00"));
        check("c@linux/amd64", "c", Some("linux/amd64"));
        check("c", "c", None);
    }
}
