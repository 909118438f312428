//! Derives the folders of a ref from the paths of its files.

use std::collections::BTreeMap;

use super::Files;
use crate::Stat;
use crate::file::GO_DIR;

/// Normalises a path: relative to the root, without `.` and empty components.
pub(super) fn clean(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

pub(super) fn is_dir(files: &Files, path: &str) -> bool {
    let path = clean(path);
    path.is_empty() || files.keys().any(|file| file.starts_with(&format!("{path}/")))
}

pub(super) fn entries(files: &Files, times: &BTreeMap<String, i64>, path: &str) -> Vec<Stat> {
    let folder = match clean(path) {
        path if path.is_empty() => path,
        path => path + "/",
    };
    let below = files.iter().filter_map(|(file, content)| Some((file.strip_prefix(&folder)?, content)));
    let stats = below.map(|(file, content)| match file.split_once('/') {
        Some((name, _)) => (name.to_owned(), dir_stat(name)),
        None => {
            let modified = times.get(&format!("{folder}{file}")).copied().unwrap_or_default();
            (file.to_owned(), Stat { modified, ..file_stat(file, content) })
        }
    });
    stats.collect::<BTreeMap<_, _>>().into_values().collect()
}

pub(super) fn file_stat(name: &str, content: &[u8]) -> Stat {
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    Stat { path: name.to_owned(), mode: 0o644, size, ..Stat::default() }
}

pub(super) fn dir_stat(name: &str) -> Stat {
    Stat { path: name.to_owned(), mode: GO_DIR | 0o755, ..Stat::default() }
}
