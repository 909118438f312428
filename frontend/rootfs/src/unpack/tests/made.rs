//! Archives that tests make, and what was unpacked from them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};
use tempfile::TempDir;
use varve_archive::testing::{ZipMember, zip};

use crate::{UNPACK, answer};

/// A time that no file gets by itself.
pub(super) const TIME: u64 = 1_000_000_000;

/// A tar archive whose entries belong to the user of the test.
#[derive(Clone)]
pub(super) struct Tar(Vec<u8>);

impl Tar {
    pub(super) fn new() -> Tar {
        Tar(Vec::new())
    }

    /// Adds an entry whose header the test changes. The name is written as it is.
    pub(super) fn with(mut self, name: &str, content: &[u8], change: impl FnOnce(&mut Header)) -> Tar {
        let own = fs::metadata("/proc/self").unwrap();
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o644);
        header.set_uid(own.uid().into());
        header.set_gid(own.gid().into());
        header.set_mtime(TIME);
        header.set_size(content.len() as u64);
        header.set_entry_type(EntryType::Regular);
        change(&mut header);
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn file(self, name: &str, content: &str) -> Tar {
        self.with(name, content.as_bytes(), |_| ())
    }

    pub(super) fn folder(self, name: &str, mode: u32) -> Tar {
        self.with(name, b"", |header| {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(mode);
        })
    }

    pub(super) fn link(self, name: &str, kind: EntryType, target: &str) -> Tar {
        self.with(name, b"", |header| {
            header.set_entry_type(kind);
            header.as_gnu_mut().unwrap().linkname[..target.len()].copy_from_slice(target.as_bytes());
        })
    }

    pub(super) fn symlink(self, name: &str, target: &str) -> Tar {
        self.link(name, EntryType::Symlink, target)
    }

    pub(super) fn hard_link(self, name: &str, target: &str) -> Tar {
        self.link(name, EntryType::Link, target)
    }

    /// Adds an extended header for the next entry.
    pub(super) fn pax(self, records: &[(&str, &[u8])]) -> Tar {
        let mut content = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let length = (rest..).find(|length| rest + length.to_string().len() == *length).unwrap();
            content.extend(format!("{length} {key}=").into_bytes());
            content.extend(*value);
            content.push(b'\n');
        }
        self.with("pax", &content, |header| header.set_entry_type(EntryType::XHeader))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.0.as_slice(), &[0; 1024]].concat()
    }
}

/// The usual archive: a folder with a program, a document, and links.
pub(super) fn usual() -> Tar {
    Tar::new()
        .folder("tool-1/", 0o755)
        .folder("tool-1/bin/", 0o750)
        .with("tool-1/bin/tool", b"tool\n", |header| header.set_mode(0o755))
        .file("tool-1/README", "text\n")
        .symlink("tool-1/bin/link", "tool")
}

/// The same as a zip archive.
pub(super) fn usual_zip() -> Vec<u8> {
    zip(&[
        ZipMember::new("tool-1/", 0o040755, ""),
        ZipMember::new("tool-1/bin/", 0o040750, ""),
        ZipMember::new("tool-1/bin/tool", 0o100755, "tool\n"),
        ZipMember::new("tool-1/README", 0o100644, "text\n"),
        ZipMember::new("tool-1/bin/link", 0o120777, "tool"),
    ])
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A root file system and archives beside it.
pub(super) struct Work {
    folder: TempDir,
    archives: Vec<String>,
}

impl Work {
    pub(super) fn new() -> Work {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        Work { folder, archives: Vec::new() }
    }

    pub(super) fn archive(mut self, name: &str, bytes: &[u8]) -> Work {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        self.archives.push(format!("archive={}", path.display()));
        self
    }

    /// Returns the path of something in the root file system.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path.trim_start_matches('/'))
    }

    /// Creates a file in the root file system.
    pub(super) fn write(&self, path: &str, content: &str) -> &Work {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Runs the program.
    pub(super) fn unpack(&self, settings: &[&str]) -> Result<(), String> {
        let mut arguments = vec![UNPACK.to_owned(), self.path("").display().to_string()];
        arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
        arguments.extend(self.archives.clone());
        let answer = answer(&arguments);
        assert_eq!(answer.code != 0, !answer.text.is_empty(), "{answer:?}");
        if answer.code == 0 { Ok(()) } else { Err(answer.text.trim_end().to_owned()) }
    }

    /// Returns all paths of the root file system, with their modes and contents.
    pub(super) fn tree(&self) -> Vec<String> {
        let (root, mut lines) = (self.path(""), Vec::new());
        list(&root, &root, &mut lines);
        lines.sort();
        lines
    }
}

fn list(root: &Path, folder: &Path, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let shown = format!("/{}", path.strip_prefix(root).unwrap().display());
        let mode = metadata.permissions().mode() & 0o7777;
        if metadata.is_dir() {
            lines.push(format!("{shown}/ {mode:o}"));
            list(root, &path, lines);
        } else if metadata.is_symlink() {
            lines.push(format!("{shown} -> {}", fs::read_link(&path).unwrap().display()));
        } else {
            let content = fs::read(&path).unwrap();
            lines.push(format!("{shown} {mode:o} {:?}", String::from_utf8_lossy(&content)));
        }
    }
}
