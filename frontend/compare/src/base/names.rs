//! Paths as text.

pub(crate) use varve_archive::{LONGEST, path_of, text_of};

/// Splits a path into its folder and its last name. The folder of a path at the top is `/`.
pub(crate) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("/", path),
    }
}

/// Joins a folder and a name to a path.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}
