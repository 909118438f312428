//! Hard links to entries that are not unpacked themselves. Their content is read in a second pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

use varve_archive::text_of;

/// The hard links of an archive.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The targets of hard links that are not unpacked, by their names.
    aliases: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The paths that are links to an entry, by its name.
    open: BTreeMap<Vec<u8>, Vec<PathBuf>>,
}

impl Links {
    /// Remembers a hard link that is not unpacked. A later link can point to it.
    pub(super) fn alias(&mut self, name: Vec<u8>, target: Vec<u8>) {
        // A link points backwards, so its target has its own target already.
        let target = self.aliases.get(&target).cloned().unwrap_or(target);
        self.aliases.insert(name, target);
    }

    /// Remembers a path that becomes a link to an entry.
    pub(super) fn open(&mut self, target: Vec<u8>, path: PathBuf) {
        let target = self.aliases.get(&target).cloned().unwrap_or(target);
        self.open.entry(target).or_default().push(path);
    }

    /// Whether there are links whose content was not read.
    pub(super) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Returns the paths that are links to an entry, once.
    pub(super) fn take(&mut self, name: &[u8]) -> Vec<PathBuf> {
        self.open.remove(name).unwrap_or_default()
    }

    /// Returns an error if the archive has no entry for a link.
    pub(super) fn finish(&self) -> Result<(), String> {
        match self.open.keys().next() {
            Some(target) => {
                Err(format!("a hard link leads to {}, which is not in the archive", text_of(target)))
            }
            None => Ok(()),
        }
    }
}
