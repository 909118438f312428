//! Detects the form of a path by its content, not by its name.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::Value;
use varve_archive::{Compression, decompressed, described, has_valid_checksum, start_of};

use super::store::index::SeekableFile;
use super::store::{ArchiveStore, Index, Store};
use crate::base::error::{Error, ErrorKind, Inside};
use crate::base::limits::Budget;

/// The forms in which a path can contain an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// An OCI image layout: `oci-layout`, `index.json` and blobs.
    Layout,
    /// The output of `docker save`: `manifest.json`, configurations and layers.
    DockerArchive,
    /// A file system without a configuration.
    FileSystem,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Layout => "OCI layout",
            Form::DockerArchive => "docker archive",
            Form::FileSystem => "file system",
        })
    }
}

/// A path and its form.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) form: Form,
    pub(crate) store: Store,
}

const EXPECTED: &str =
    "an OCI layout, a docker archive, or a file system, each as a folder or as a tar archive";
const BLOCK: usize = 512;

impl Input {
    /// Opens a path and detects its form.
    pub(crate) fn open(path: &Path, budget: &Budget) -> Result<Input, Error> {
        Self::open_inside(path, budget).inside(path.display())
    }

    fn open_inside(path: &Path, budget: &Budget) -> Result<Input, Error> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let example = "`docker save` writes an image of a Docker engine into a file";
                return Err(form("no such file or folder", &format!("{EXPECTED}; {example}")));
            }
            metadata => metadata?,
        };
        let store = if metadata.is_dir() {
            Store::Folder(path.to_owned())
        } else if metadata.is_file() {
            Store::Archive(archive(path, budget)?)
        } else {
            return Err(form("neither a file nor a folder", EXPECTED));
        };
        Ok(Input { form: form_of(&store, budget)?, store })
    }
}

fn form_of(store: &Store, budget: &Budget) -> Result<Form, Error> {
    let value = |name: &str| -> Result<Option<Value>, Error> {
        // A file system can contain a file of this name with other content.
        let document = if store.has(name) { store.document(name, budget)? } else { None };
        Ok(document.and_then(|document| document.json().ok()))
    };
    let is_layout = value("oci-layout")?.is_some_and(|layout| layout["imageLayoutVersion"].is_string());
    if is_layout && store.has("index.json") {
        return Ok(Form::Layout);
    }
    let entries = value("manifest.json")?;
    let entries = entries.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_image = |entry: &Value| entry["Config"].is_string() && entry["Layers"].is_array();
    if !entries.is_empty() && entries.iter().all(is_image) {
        return Ok(Form::DockerArchive);
    }
    if is_layout {
        return Err(form("an OCI layout without `index.json`", "an OCI layout with it"));
    }
    if value("index.json")?.is_some_and(|index| index["manifests"].is_array()) {
        return Err(form(
            "`index.json` without a valid file `oci-layout` beside it",
            "an OCI layout with both",
        ));
    }
    Ok(Form::FileSystem)
}

fn archive(path: &Path, budget: &Budget) -> Result<ArchiveStore, Error> {
    let (compression, mut content) = decompressed(File::open(path)?, budget.archive())?;
    let start = start_of(&mut content)?;
    let block: Option<&[u8; BLOCK]> = start.first_chunk();
    let is_tar = block.is_some_and(|block| has_valid_checksum(block) || block.iter().all(|byte| *byte == 0));
    if !is_tar {
        let found = match compression {
            Compression::Plain => described(&start),
            compression => format!("{}, compressed with {compression}", described(&start)),
        };
        return Err(form(&found, EXPECTED));
    }
    let index = match compression {
        Compression::Plain => Index::read(SeekableFile::new(File::open(path)?)?, budget)?,
        _ => Index::read(decompressed(File::open(path)?, budget.archive())?.1, budget)?,
    };
    Ok(ArchiveStore { path: path.to_owned(), compression, index, budget: budget.of_passes() })
}

fn form(found: &str, expected: &str) -> Error {
    Error::new(ErrorKind::Form { found: found.to_owned(), expected: expected.to_owned() })
}
