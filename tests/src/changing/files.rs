//! The files of a repository in memory, and how they are written.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file with its text, its mode, and a number that sets its time if it is not 0.
    File {
        /// The content.
        text: String,
        /// The mode.
        mode: u32,
        /// Seconds that are added to the time of the file.
        later: u64,
    },
    /// A symbolic link with its target.
    Link(String),
}

/// Files by their paths. Folders exist if they have files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Entry>);

impl Files {
    /// Reads all files below a folder.
    pub fn read(folder: &Path) -> Result<Files> {
        let mut files = Files::default();
        files.read_below(folder, "")?;
        Ok(files)
    }

    fn read_below(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            let name = format!("{prefix}{}", name.to_string_lossy());
            match path.is_dir() {
                true => self.read_below(&path, &format!("{name}/"))?,
                false => self.write(&name, &fs::read_to_string(&path)?),
            }
        }
        Ok(())
    }

    /// Adds a file, or replaces its text.
    pub fn write(&mut self, path: &str, text: &str) {
        let mode = match self.0.get(path) {
            Some(Entry::File { mode, .. }) => *mode,
            _ => 0o644,
        };
        self.0.insert(path.to_owned(), Entry::File { text: text.to_owned(), mode, later: 0 });
    }

    /// Adds a link, or replaces what is there.
    pub fn link(&mut self, path: &str, target: &str) {
        self.0.insert(path.to_owned(), Entry::Link(target.to_owned()));
    }

    /// Removes a file or a link.
    pub fn remove(&mut self, path: &str) -> Option<Entry> {
        self.0.remove(path)
    }

    /// Sets the mode of a file.
    pub fn set_mode(&mut self, path: &str, wanted: u32) -> Result<()> {
        match self.0.get_mut(path) {
            Some(Entry::File { mode, .. }) => *mode = wanted,
            _ => bail!("there is no file {path}"),
        }
        Ok(())
    }

    /// Gives a file another time.
    pub fn touch(&mut self, path: &str) -> Result<()> {
        match self.0.get_mut(path) {
            Some(Entry::File { later, .. }) => *later += 100,
            _ => bail!("there is no file {path}"),
        }
        Ok(())
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<&str> {
        match self.0.get(path) {
            Some(Entry::File { text, .. }) => Ok(text),
            _ => bail!("there is no file {path}"),
        }
    }

    /// Replaces a text that the file has. Fails if it does not have it.
    pub fn replace(&mut self, path: &str, from: &str, to: &str) -> Result<()> {
        let text = self.text(path)?;
        if !text.contains(from) {
            bail!("{path} does not contain `{from}`");
        }
        let text = text.replacen(from, to, 1);
        self.write(path, &text);
        Ok(())
    }

    /// Replaces a text wherever it is.
    pub fn replace_all(&mut self, from: &str, to: &str) {
        for entry in self.0.values_mut() {
            if let Entry::File { text, .. } = entry {
                *text = text.replace(from, to);
            }
        }
    }

    /// The paths.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The same files with the modes of a checkout: 755 for what the owner may execute, else 644.
    pub fn with_usual_modes(&self) -> Files {
        let mut files = self.clone();
        for entry in files.0.values_mut() {
            if let Entry::File { mode, .. } = entry {
                *mode = if *mode & 0o100 == 0 { 0o644 } else { 0o755 };
            }
        }
        files
    }

    /// Writes these files over those that are there already, and leaves equal files alone.
    pub fn write_over(&self, old: &Files, folder: &Path) -> Result<()> {
        for path in old.0.keys().filter(|path| old.0.get(*path) != self.0.get(*path)) {
            fs::remove_file(folder.join(path)).with_context(|| path.clone())?;
            // git has no empty folders.
            let mut parent = Path::new(path).parent();
            while let Some(above) = parent.filter(|above| !above.as_os_str().is_empty()) {
                if fs::remove_dir(folder.join(above)).is_err() {
                    break;
                }
                parent = above.parent();
            }
        }
        for (path, entry) in self.0.iter().filter(|(path, entry)| old.0.get(*path) != Some(*entry)) {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap_or(folder))?;
            match entry {
                Entry::Link(target) => symlink(target, &place)?,
                Entry::File { text, mode, later } => {
                    fs::write(&place, text)?;
                    fs::set_permissions(&place, Permissions::from_mode(*mode))?;
                    if *later > 0 {
                        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + later);
                        File::options().write(true).open(&place)?.set_modified(time)?;
                    }
                }
            }
        }
        Ok(())
    }
}
