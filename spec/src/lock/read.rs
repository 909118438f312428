//! Parses a lock.

use std::collections::BTreeMap;

use buildkit_names::Platform;

use super::{External, Lock, Pin};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::image_name::ImageName;
use crate::base::source::SourceId;
use crate::base::suggest::did_you_mean;
use crate::schema::scalars::Scalar;
use crate::yaml::{self, Entry, Node, Yaml};

/// The version of the format that is read and written.
const VERSION: &str = "1";
/// The key for the default branch, if the build file names no branch or tag.
pub(super) const DEFAULT_BRANCH: &str = "HEAD";

const KEYS: [&str; 4] = ["version", "images", "git", "downloads"];

impl Lock {
    /// Parses a lock. `name` is its file name, for messages. A file without entries is an empty lock, since it is empty while it is
    /// being written.
    ///
    /// # Errors
    /// All mistakes in the text. Their places are in a source that contains only this text.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.lines().all(empty) {
            return Ok(Self { name: name.to_owned(), pins: BTreeMap::new() });
        }
        let root = yaml::parse(SourceId::default(), text)?;
        let mut reader = Reader { pins: BTreeMap::new(), found: Vec::new() };
        reader.root(&root);
        match reader.found.is_empty() {
            true => Ok(Self { name: name.to_owned(), pins: reader.pins }),
            false => Err(reader.found),
        }
    }
}

struct Reader {
    pins: BTreeMap<External, Pin>,
    found: Vec<Diagnostic>,
}

impl Reader {
    fn root(&mut self, root: &Node<'_>) {
        for entry in self.map(root) {
            match entry.key.as_ref() {
                "version" => self.version(&entry.value),
                "images" => self.map(&entry.value).iter().for_each(|image| self.image(image)),
                "git" => self.map(&entry.value).iter().for_each(|repository| self.git(repository)),
                "downloads" => {
                    for download in self.map(&entry.value) {
                        self.pin(
                            External::Download { url: download.key.to_string() },
                            download,
                            Scalar::Sha256,
                        );
                    }
                }
                other => {
                    let message = format!("unknown key `{other}`");
                    let error = Diagnostic::error(Code::UnknownKey, entry.key_span, message);
                    self.found.push(error.help_if(did_you_mean(other, KEYS)));
                }
            }
        }
        if root.get("version").is_none() {
            let error = Diagnostic::error(Code::MissingKey, root.span, "`version` is missing");
            self.found.push(error.help(format!("add `version: {VERSION}`")));
        }
    }

    fn version(&mut self, value: &Node<'_>) {
        if value.text() != Some(VERSION) {
            let message = format!("the lock has version {}", value.text().unwrap_or("?"));
            let error = Diagnostic::error(Code::BadValue, value.span, message);
            self.found.push(error.label(format!("this version of varve reads version {VERSION}")));
        }
    }

    fn image(&mut self, image: &Entry<'_>) {
        let of = |platform| External::Image { reference: ImageName::new(&image.key), platform };
        if matches!(image.value.yaml, Yaml::Scalar(..)) {
            return self.pin(of(None), image, Scalar::Sha256);
        }
        for entry in self.map(&image.value) {
            match Platform::parse_whole(&entry.key) {
                Ok(platform) => self.pin(of(Some(platform)), entry, Scalar::Sha256),
                Err(_) => {
                    let message = format!("`{}` is not a platform", entry.key);
                    self.found.push(Diagnostic::error(Code::BadValue, entry.key_span, message));
                }
            }
        }
    }

    fn git(&mut self, repository: &Entry<'_>) {
        for entry in self.map(&repository.value) {
            let reference = (entry.key != DEFAULT_BRANCH).then(|| entry.key.to_string());
            self.pin(External::Git { url: repository.key.to_string(), reference }, entry, Scalar::Commit);
        }
    }

    fn pin(&mut self, external: External, entry: &Entry<'_>, kind: Scalar) {
        let span = entry.key_span.to(entry.value.span);
        match entry.value.text().map(|text| (text, kind.check(text))) {
            Some((digest, Ok(()))) => {
                // One image can be written in several ways, and so can one platform.
                if let Some(other) = self.pins.get(&external).filter(|other| other.digest != digest) {
                    let error = Diagnostic::error(
                        Code::DuplicateKey,
                        entry.key_span,
                        format!("a second digest of {external}"),
                    );
                    let error = error.related(other.span, "the first one");
                    self.found.push(error.help("leave out the one that is out of date"));
                }
                self.pins.insert(external, Pin { digest: digest.to_owned(), span });
            }
            Some((digest, Err(expected))) => {
                let error = Diagnostic::error(
                    Code::BadValue,
                    entry.value.span,
                    format!("`{digest}` is not a digest or commit id"),
                );
                self.found.push(error.label(format!("expected {expected}")));
            }
            None => self.wrong(&entry.value, "a string"),
        }
    }

    fn map<'n, 'a>(&mut self, node: &'n Node<'a>) -> &'n [Entry<'a>] {
        if let Yaml::Map(entries) = &node.yaml {
            return entries;
        }
        self.wrong(node, "a map");
        &[]
    }

    fn wrong(&mut self, node: &Node<'_>, expected: &str) {
        let message = format!("found {}", node.yaml.noun());
        self.found.push(
            Diagnostic::error(Code::WrongType, node.span, message).label(format!("expected {expected}")),
        );
    }
}
