//! Paths as plain strings.

/// The shortest equivalent path, computed from the string alone: without `.`, `//`, and `..` where it can be resolved (Go's
/// `path.Clean`). For example, `a//b/./c/` becomes `a/b/c`.
pub(crate) fn clean_path(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => drop(parts.pop()),
                None if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        let check = |path: &str, expect: &str| assert_eq!(clean_path(path), expect, "{path:?}");
        check("", ".");
        check("/", "/");
        check("a//b/./c/", "a/b/c");
        check("/../a", "/a");
        check("../a/..", "..");
        check("a/..", ".");
    }
}
