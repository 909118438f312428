//! The folder that a build exports an image into. Large blobs are kept between builds, because exporting a base image for each
//! build would take most of the time.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// Smaller blobs are not kept.
const LARGE: u64 = 8 << 20;
/// When the kept blobs exceed this size, all are removed.
const MOST: u64 = 3 << 30;

/// The folder of an OCI layout that a build writes.
#[derive(Debug)]
pub struct Export {
    kept: PathBuf,
    folder: TempDir,
}

impl Export {
    /// Makes a folder below `cache` and links the kept blobs into it.
    pub fn new(cache: &Path) -> Result<Export> {
        let kept = cache.join("blobs");
        fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
        let folder = tempfile::tempdir_in(cache)?;
        let blobs = folder.path().join("blobs/sha256");
        fs::create_dir_all(&blobs)?;
        for (name, path) in files(&kept)? {
            // Another process may just have removed it.
            fs::hard_link(path, blobs.join(name)).ok();
        }
        Ok(Export { kept, folder })
    }

    /// The folder that the build writes to.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps the large blobs for later builds.
    pub fn keep(&self) -> Result<()> {
        let size = |path: &PathBuf| path.metadata().map(|data| data.size()).unwrap_or_default();
        let kept = files(&self.kept)?;
        if kept.iter().map(|(_, path)| size(path)).sum::<u64>() > MOST {
            for (_, path) in &kept {
                fs::remove_file(path).ok();
            }
        }
        for (name, path) in files(&self.folder().join("blobs/sha256"))? {
            if size(&path) >= LARGE {
                // If it exists already, it is the same: the name is the digest of the content.
                fs::hard_link(path, self.kept.join(name)).ok();
            }
        }
        Ok(())
    }
}

fn files(folder: &Path) -> Result<Vec<(std::ffi::OsString, PathBuf)>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    Ok(entries.flatten().map(|entry| (entry.file_name(), entry.path())).collect())
}
