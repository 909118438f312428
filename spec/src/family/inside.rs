//! Paths of files below a root, such as the folder of the build file.

/// Why a path does not name a file below the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotInside {
    Empty,
    /// The path names the root or ends in `/`.
    Folder,
    /// The path is absolute or leads out of the root.
    Outside,
}

/// Joins a path to a folder and normalizes it.
///
/// # Errors
/// The path cannot be the path of a file below the root.
pub(crate) fn inside(folder: &str, path: &str) -> Result<String, NotInside> {
    if path.trim().is_empty() {
        return Err(NotInside::Empty);
    }
    if path.starts_with('/') {
        return Err(NotInside::Outside);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(NotInside::Outside)?),
            part => parts.push(part),
        }
    }
    if parts.is_empty() || path.ends_with('/') { Err(NotInside::Folder) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_file_and_stay_inside() {
        let check = |folder: &str, path: &str, expect: Result<&str, NotInside>| {
            assert_eq!(inside(folder, path).as_deref().map_err(|error| *error), expect, "{path}")
        };
        check("", "a.yaml", Ok("a.yaml"));
        check("b", "./c//a.yaml", Ok("b/c/a.yaml"));
        check("b", "../a.yaml", Ok("a.yaml"));
        check("b", "../../a.yaml", Err(NotInside::Outside));
        check("", "/etc/passwd", Err(NotInside::Outside));
        check("", "", Err(NotInside::Empty));
        check("", ".", Err(NotInside::Folder));
        check("b", "..", Err(NotInside::Folder));
        check("", "b/", Err(NotInside::Folder));
    }
}
