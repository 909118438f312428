//! The folders that archives are unpacked into: they are created, and get their attributes at the end.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::attributes::Attributes;
use super::request::UnpackRequest;
use super::{prefix, shown};
use crate::tree::{self, Tree};

/// The folders below a target folder.
pub(super) struct Folders<'t> {
    tree: &'t Tree,
    /// The real path of the target folder.
    target: PathBuf,
    /// The owner and the time of folders that no archive describes.
    owner: (u32, u32),
    time: Option<i64>,
    /// The attributes of the folders of the current archive, by name.
    described: BTreeMap<Vec<u8>, Attributes>,
    /// The folders that the current archive made or described, with their names in the archive.
    touched: BTreeMap<PathBuf, Vec<u8>>,
    /// The folders that were made or described, with their attributes. Creating a file changes the time of its folder, so they are set at
    /// the end.
    attributes: BTreeMap<PathBuf, Attributes>,
    /// The last path that was resolved, because the entries of a folder follow each other.
    last: Option<(Vec<u8>, PathBuf)>,
}

impl<'t> Folders<'t> {
    /// Creates the target folder if it is missing.
    pub(super) fn new(
        tree: &'t Tree,
        folder: &str,
        owner: Option<(u32, u32)>,
        time: Option<i64>,
    ) -> Result<Self, String> {
        let mut folders = Self {
            tree,
            target: tree.root().to_owned(),
            owner: owner.unwrap_or((0, 0)),
            time,
            described: BTreeMap::new(),
            touched: BTreeMap::new(),
            attributes: BTreeMap::new(),
            last: None,
        };
        for part in folder.split('/').filter(|part| !part.is_empty()) {
            let next = folders.target.join(part);
            folders.target = match tree.real(&next)? {
                Some(real) if tree::metadata(&real)?.is_dir() => real,
                Some(_) => return Err(format!("{} is a file, expected a folder", shown(tree.root(), &next))),
                None if tree::metadata_of_itself(&next)?.is_some() => {
                    return Err(format!(
                        "{} is a symbolic link that leads nowhere",
                        shown(tree.root(), &next)
                    ));
                }
                None => {
                    create(&next)?;
                    folders.attributes.insert(next.clone(), folders.undescribed());
                    next
                }
            };
        }
        Ok(folders)
    }

    /// Remembers the attributes of a folder of the archive.
    pub(super) fn describe(&mut self, name: &[u8], attributes: Attributes) {
        self.described.insert(name.to_owned(), attributes);
    }

    /// Returns the real path of a folder below the target, and creates it if it is missing. `name` is that of the entry in the archive
    /// for which it is made, and `depth` the number of parts that are left of it.
    pub(super) fn make(&mut self, parts: &[&[u8]], name: &[u8], depth: usize) -> Result<PathBuf, String> {
        let key = joined(parts.iter().copied());
        if let Some((_, path)) = self.last.as_ref().filter(|(last, _)| *last == key) {
            return Ok(path.clone());
        }
        let all = name.split(|byte| *byte == b'/').count();
        let mut at = self.target.clone();
        for (index, part) in parts.iter().enumerate() {
            let next = at.join(OsStr::from_bytes(part));
            at = match tree::metadata_of_itself(&next)? {
                Some(metadata) if metadata.is_dir() => next,
                Some(metadata) if metadata.is_symlink() => match self.linked(&next)? {
                    Some(real) => real,
                    None => {
                        return Err(format!(
                            "{} is a symbolic link that leads to no folder",
                            self.shown(&next)
                        ));
                    }
                },
                Some(_) => return Err(format!("{} is a file, expected a folder", self.shown(&next))),
                None => {
                    create(&next)?;
                    self.touched.insert(next.clone(), prefix(name, all - depth + index + 1));
                    next
                }
            };
        }
        self.last = Some((key, at.clone()));
        Ok(at)
    }

    /// Creates a folder of the archive, whose parent exists. A link to a folder within the target stays, as `/lib` of an image that
    /// is a link to `/usr/lib`.
    pub(super) fn make_last(&mut self, path: PathBuf, name: &[u8]) -> Result<(), String> {
        let path = match tree::metadata_of_itself(&path)? {
            Some(metadata) if metadata.is_dir() => path,
            None => {
                create(&path)?;
                path
            }
            Some(metadata) => {
                let linked = if metadata.is_symlink() { self.linked(&path)? } else { None };
                match linked {
                    Some(real) => real,
                    None => {
                        self.forget();
                        fs::remove_file(&path).map_err(|error| format!("cannot replace it: {error}"))?;
                        create(&path)?;
                        path
                    }
                }
            }
        };
        self.touched.insert(path, name.to_owned());
        Ok(())
    }

    /// Returns the real path of something below the target whose last part is not followed. `None` if it does not exist.
    pub(super) fn existing(&self, parts: &[&[u8]]) -> Result<Option<PathBuf>, String> {
        let Some((last, above)) = parts.split_last() else { return Ok(None) };
        let folder = self.target.join(OsStr::from_bytes(&joined(above.iter().copied())));
        let Some(real) = self.tree.real(&folder)? else { return Ok(None) };
        self.inside(&folder, &real)?;
        let path = real.join(OsStr::from_bytes(last));
        Ok(tree::metadata_of_itself(&path)?.map(|_| path))
    }

    /// Forgets resolved paths, because a link is created or something is removed.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Decides on the attributes of the folders of an archive. The next archive has other names.
    pub(super) fn end_of_archive(&mut self) {
        for (path, name) in std::mem::take(&mut self.touched) {
            let attributes = self.described.get(&name).cloned();
            let attributes = attributes.unwrap_or_else(|| self.undescribed());
            self.attributes.insert(path, attributes);
        }
        self.described.clear();
        self.forget();
    }

    /// Sets the attributes of all folders.
    pub(super) fn finish(self, request: &UnpackRequest) -> Result<(), String> {
        for (path, attributes) in &self.attributes {
            // A later entry can have replaced it.
            if tree::metadata_of_itself(path)?.is_some_and(|metadata| metadata.is_dir()) {
                let set = attributes.set(path, request.mode.as_deref());
                set.map_err(|problem| format!("{}: {problem}", self.shown(path)))?;
            }
        }
        Ok(())
    }

    fn undescribed(&self) -> Attributes {
        Attributes::of_folder(self.owner, self.time)
    }

    /// Follows a link. Returns the folder that it leads to. `None` if it leads to no folder.
    fn linked(&self, link: &Path) -> Result<Option<PathBuf>, String> {
        let Some(real) = self.tree.real(link)? else { return Ok(None) };
        if !tree::metadata(&real)?.is_dir() {
            return Ok(None);
        }
        self.inside(link, &real)?;
        Ok(Some(real))
    }

    fn inside(&self, path: &Path, real: &Path) -> Result<(), String> {
        if real.starts_with(&self.target) {
            return Ok(());
        }
        let (path, real, target) = (self.shown(path), self.shown(real), self.shown(&self.target));
        Err(format!("{path} leads to {real} by a symbolic link, which is outside of {target}"))
    }

    fn shown(&self, path: &Path) -> String {
        shown(self.tree.root(), path)
    }
}

fn create(path: &Path) -> Result<(), String> {
    fs::create_dir(path).map_err(|error| format!("cannot create the folder: {error}"))
}

/// Joins the parts of a name.
pub(super) fn joined<'n>(parts: impl Iterator<Item = &'n [u8]>) -> Vec<u8> {
    parts.collect::<Vec<_>>().join(&b'/')
}
