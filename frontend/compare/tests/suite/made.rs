//! Creates small archives, layouts and docker archives for the tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};
use tempfile::TempDir;
use varve_compare::{Comparison, Error, Ignore, Options, compare};

/// A tar archive.
pub(crate) struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Tar {
        Tar(tar::Builder::new(Vec::new()))
    }

    pub(crate) fn file(self, path: &str, content: &str) -> Tar {
        self.with(path, content.as_bytes(), |_| ())
    }

    /// Adds an entry. The default header is that of a file with mode 0644 and owner 0:0; `change` can modify it.
    pub(crate) fn with(mut self, path: &str, content: &[u8], change: impl FnOnce(&mut Header)) -> Tar {
        let mut header = header(EntryType::Regular);
        header.set_size(content.len() as u64);
        change(&mut header);
        self.0.append_data(&mut header, path, content).unwrap();
        self
    }

    pub(crate) fn folder(self, path: &str) -> Tar {
        self.with(path, b"", |header| {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
        })
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Tar {
        self.link(path, target, EntryType::Symlink)
    }

    pub(crate) fn hard_link(self, path: &str, target: &str) -> Tar {
        self.link(path, target, EntryType::Link)
    }

    fn link(mut self, path: &str, target: &str, kind: EntryType) -> Tar {
        let mut header = header(kind);
        self.0.append_link(&mut header, path, target).unwrap();
        self
    }

    /// Adds a file with an extended attribute.
    pub(crate) fn attributed(mut self, path: &str, name: &str, value: &[u8]) -> Tar {
        let key = format!("SCHILY.xattr.{name}");
        self.0.append_pax_extensions([(key.as_str(), value)]).unwrap();
        self.file(path, "")
    }

    /// Adds a file whose name consists of these bytes.
    pub(crate) fn raw_name(mut self, name: &[u8]) -> Tar {
        let mut header = header(EntryType::Regular);
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_cksum();
        self.0.append(&header, [].as_slice()).unwrap();
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn header(kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header
}

/// An image: the inner `config`, the rest of the configuration, and the layers without compression.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) config: Value,
    pub(crate) layers: Vec<Vec<u8>>,
    /// Compresses a layer before it is stored.
    pub(crate) compress: fn(&[u8]) -> Vec<u8>,
    pub(crate) statement: Option<Value>,
    pub(crate) name: Option<&'static str>,
}

impl Made {
    /// Creates an image for linux/amd64 with an inner configuration.
    pub(crate) fn new(config: Value) -> Made {
        let config = json!({"architecture": "amd64", "os": "linux", "config": config});
        Made { config, layers: Vec::new(), compress: <[u8]>::to_vec, statement: None, name: None }
    }

    /// Creates an image with these layers and an empty configuration.
    pub(crate) fn of_layers(layers: impl IntoIterator<Item = Tar>) -> Made {
        let layers = layers.into_iter().map(Tar::bytes).collect();
        Made { layers, ..Made::new(json!({})) }
    }

    /// Sets a key at the top level of the configuration.
    pub(crate) fn with(mut self, key: &str, value: Value) -> Made {
        self.config[key] = value;
        self
    }

    fn whole_config(&self) -> Vec<u8> {
        let mut config = self.config.clone();
        let ids: Vec<String> = self.layers.iter().map(|layer| digest(layer)).collect();
        config["rootfs"] = json!({"type": "layers", "diff_ids": ids});
        config.to_string().into_bytes()
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Files by name and content.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Creates the files of an OCI layout. Several images are listed in a nested index, as builders store them.
pub(crate) fn layout(images: &[Made]) -> Files {
    let mut files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
    let mut blob = |bytes: Vec<u8>, media_type: &str| {
        let (digest, size) = (digest(&bytes), bytes.len());
        files.push((format!("blobs/{}", digest.replace(':', "/")), bytes));
        json!({"mediaType": format!("application/vnd.oci.image.{media_type}"), "digest": digest, "size": size})
    };
    let mut descriptors = Vec::new();
    for image in images {
        let layers: Vec<Value> =
            image.layers.iter().map(|layer| blob((image.compress)(layer), "layer.v1.tar")).collect();
        let config = blob(image.whole_config(), "config.v1+json");
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        let mut descriptor = blob(manifest.to_string().into_bytes(), "manifest.v1+json");
        descriptor["annotations"] =
            image.name.map_or(json!({}), |name| json!({"io.containerd.image.name": name}));
        let digest = descriptor["digest"].clone();
        descriptors.push(descriptor);
        if let Some(statement) = &image.statement {
            let statement = blob(statement.to_string().into_bytes(), "layer.v1.tar");
            let config = blob(b"{}".to_vec(), "config.v1+json");
            let manifest = json!({"schemaVersion": 2, "config": config, "layers": [statement]});
            let mut descriptor = blob(manifest.to_string().into_bytes(), "manifest.v1+json");
            descriptor["platform"] = json!({"os": "unknown", "architecture": "unknown"});
            descriptor["annotations"] = json!({
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": digest,
            });
            descriptors.push(descriptor);
        }
    }
    if descriptors.len() > 1 {
        let index = json!({"schemaVersion": 2, "manifests": descriptors});
        descriptors = vec![blob(index.to_string().into_bytes(), "index.v1+json")];
    }
    let index = json!({"schemaVersion": 2, "manifests": descriptors});
    files.push(("index.json".to_owned(), index.to_string().into_bytes()));
    files
}

/// Creates the files of a docker archive. The second of two equal layers is a link, as older engines write it.
pub(crate) fn docker_archive(image: &Made) -> Files {
    let config = image.whole_config();
    let name = format!("{}.json", &digest(&config)[7..]);
    let mut files = vec![(name.clone(), config)];
    let mut layers = Vec::new();
    for (number, layer) in image.layers.iter().enumerate() {
        let path = format!("layer{number}/layer.tar");
        files.push((path.clone(), layer.clone()));
        layers.push(path);
    }
    let manifest = json!([{"Config": name, "RepoTags": ["app:1"], "Layers": layers}]);
    files.push(("manifest.json".to_owned(), manifest.to_string().into_bytes()));
    files
}

pub(crate) fn tar_of(files: Files) -> Vec<u8> {
    files.into_iter().fold(Tar::new(), |tar, (name, content)| tar.with(&name, &content, |_| ())).bytes()
}

/// A temporary folder for the paths that are compared.
pub(crate) struct Work(TempDir);

impl Work {
    pub(crate) fn new() -> Work {
        Work(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    pub(crate) fn write_all(&self, name: &str, files: Files) -> PathBuf {
        for (file, bytes) in files {
            let path = self.path(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        self.path(name)
    }

    /// Compares two images, each stored as the archive of a layout.
    pub(crate) fn compare(
        &self,
        first: &Made,
        second: &Made,
        options: &Options,
    ) -> Result<Comparison, Error> {
        let first = self.write("first.tar", &tar_of(layout(std::slice::from_ref(first))));
        let second = self.write("second.tar", &tar_of(layout(std::slice::from_ref(second))));
        compare(first, second, options)
    }
}

/// Returns the reported differences, one line each.
pub(crate) fn lines(comparison: &Comparison) -> Vec<String> {
    let differences = comparison.groups.iter().flat_map(|group| &group.differences);
    differences.map(ToString::to_string).collect()
}

/// Checks the differences of two images.
pub(crate) fn check(first: &Made, second: &Made, expect: &[&str]) {
    check_with(first, second, &Options::default(), expect);
}

pub(crate) fn check_with(first: &Made, second: &Made, options: &Options, expect: &[&str]) {
    let comparison = Work::new().compare(first, second, options).unwrap();
    assert_eq!(lines(&comparison), expect, "{}", comparison.text());
    assert_eq!(comparison.differs(), !expect.is_empty());
}

/// Checks the differences between two file systems. The images have one layer each; differences that follow from the digests of the
/// layers are ignored.
pub(crate) fn check_files(first: Tar, second: Tar, expect: &[&str]) {
    let options = Options { ignore: Ignore::parse(["layers", "files.size"]).unwrap(), ..Options::default() };
    check_with(&Made::of_layers([first]), &Made::of_layers([second]), &options, expect);
}

/// Returns the error of comparing a path with itself, without the path.
pub(crate) fn error_of(path: &Path, options: &Options) -> String {
    let error = compare(path, path, options).unwrap_err().to_string();
    error.trim_start_matches(&format!("{}: ", path.display())).to_owned()
}
