//! The size of a file system: the bytes of all its files. A file with several names counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::tree::{Tree, metadata, names};

/// The number of largest folders that are named.
const MOST_FOLDERS: usize = 5;

pub(super) fn violations(tree: &Tree, most: u64) -> Result<Vec<String>, String> {
    let mut sizes = Sizes::default();
    sizes.add(tree.root(), "", 0)?;
    if sizes.total <= most {
        return Ok(Vec::new());
    }
    let mut folders: Vec<(&String, &u64)> = sizes.folders.iter().collect();
    folders.retain(|(_, size)| **size > 0);
    folders.sort_by_key(|(_, size)| std::cmp::Reverse(**size));
    let largest: Vec<String> = folders
        .into_iter()
        .take(MOST_FOLDERS)
        .map(|(folder, size)| format!("{folder} {}", in_words(*size)))
        .collect();
    let (total, most) = (in_words(sizes.total), in_words(most));
    let bytes = if sizes.total < 1 << 10 { String::new() } else { format!(" ({} bytes)", sizes.total) };
    let mut lines = vec![format!("the files have {total}{bytes}, expected at most {most}")];
    if !largest.is_empty() {
        lines.push(format!("the largest folders: {}", largest.join(", ")));
    }
    Ok(lines)
}

#[derive(Default)]
struct Sizes {
    total: u64,
    /// The size of folders by path. For a folder of the first level it is the size of the files directly in it, for a folder of the
    /// second level that of everything below it.
    folders: BTreeMap<String, u64>,
    /// The devices and inodes of files with several names that were counted.
    seen: BTreeSet<(u64, u64)>,
}

impl Sizes {
    /// Adds all files below a folder and returns their size.
    fn add(&mut self, folder: &Path, shown: &str, level: usize) -> Result<u64, String> {
        let (mut size, mut own) = (0, 0);
        for name in names(folder)? {
            let path = folder.join(&name);
            let metadata = metadata(&path)?;
            if metadata.is_dir() {
                let shown =
                    if level < 2 { format!("{shown}/{}", name.to_string_lossy()) } else { String::new() };
                size = self.add(&path, &shown, level + 1)?.saturating_add(size);
            } else if metadata.is_file()
                && (metadata.nlink() == 1 || self.seen.insert((metadata.dev(), metadata.ino())))
            {
                // The sizes of files with holes can be as large as numbers go.
                self.total = self.total.saturating_add(metadata.len());
                size = metadata.len().saturating_add(size);
                own = metadata.len().saturating_add(own);
            }
        }
        match level {
            1 => drop(self.folders.insert(shown.to_owned(), own)),
            2 => drop(self.folders.insert(shown.to_owned(), size)),
            _ => {}
        }
        Ok(size)
    }
}

/// Formats a size with the largest unit of the language that it reaches, such as `1.5g` or `300m`.
pub fn in_words(bytes: u64) -> String {
    let units = [(1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{}{name}", bytes / unit),
        Some((unit, name)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            format!("{}.{}{name}", tenths / 10, tenths % 10)
        }
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}
