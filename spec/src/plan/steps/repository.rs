//! `repository`: adds a package repository, for any package manager that the base image can have.

use std::collections::BTreeMap;

use super::fetch::Download;
use super::{Action, credentials};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::base::source::Span;
use crate::family::reader::shortened;
use crate::plan::build::Planner;
use crate::schema::scalars;
use crate::schema::written::Written;
use crate::variant::concrete::{ConcreteKind, ConcreteValue};

/// The help for a repository with credentials.
const SECRET_ACCESS: &str = "use a secret on the steps that install from it, such as `mounts: [{secret: apt-auth, to: /etc/apt/auth.conf.d/secret.conf}]`";
/// The help for a key with credentials.
const SECRET_KEY: &str = "write the text of the key: `key: {text: ...}`";

/// A package repository. The layer `packages` turns it into actions when the distribution is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Repository {
    /// The place of the name.
    pub span: Span,
    /// The name. The files that describe the repository get it too.
    pub name: String,
    /// The description of the repository for each package manager.
    pub by_manager: BTreeMap<Manager, PackageSource>,
}

/// The description of a repository for one package manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSource {
    /// The addresses.
    pub addresses: Vec<String>,
    /// The suites. Only for apt.
    pub suites: Vec<String>,
    /// The components. Only for apt.
    pub components: Vec<String>,
    /// The architectures. Only for apt.
    pub architectures: Vec<String>,
    /// Which files the package manager verifies with the key. Only for RPM.
    pub verify: Verify,
    /// The priority. Only for RPM.
    pub priority: Option<u64>,
    /// The signing key. `None` if the repository is trusted without one.
    pub key: Option<SigningKey>,
    /// Further lines of the file that describes the repository to the package manager: name and value.
    pub options: Vec<(String, String)>,
}

/// Which files of a repository the key has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// Every package.
    #[default]
    Packages,
    /// The metadata, which lists the packages.
    Metadata,
    /// Both the packages and the metadata.
    Both,
}

/// The key that a repository is signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// The key is written in the build file.
    Text {
        /// The key, in armored form.
        text: String,
        /// The file name of the key. apk needs it; other package managers ignore it.
        file: Option<String>,
    },
    /// The key is a file of the base image, at this path.
    Path(String),
    /// The key is fetched.
    Url {
        /// The key, as a file of the name `key`.
        download: Download,
        /// The file name of the key, which apk uses. It is the last part of the URL unless the build file names another one.
        file: String,
        /// Whether the file is in armored form, which is text.
        armored: bool,
    },
}

/// The name of the file of a key that is fetched.
const KEY: &str = "key";

impl Repository {
    /// The keys that are fetched. A build uses those of one package manager.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Download> {
        self.by_manager.values().filter_map(|source| match source.key.as_ref()? {
            SigningKey::Url { download, .. } => Some(download),
            _ => None,
        })
    }

    pub(crate) fn keys_mut(&mut self) -> impl Iterator<Item = &mut Download> {
        self.by_manager.values_mut().filter_map(|source| match source.key.as_mut()? {
            SigningKey::Url { download, .. } => Some(download),
            _ => None,
        })
    }
}

pub(super) fn repository(
    data: &ConcreteValue,
    value: &ConcreteValue,
    planner: &mut Planner<'_, '_>,
) -> Option<Action> {
    let found = &mut planner.found;
    let name = value.as_text()?.to_owned();
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        let error = Diagnostic::error(
            Code::BadName,
            value.span,
            format!("`{name}` is not a valid file name for a repository"),
        );
        found.push(error.label("expected letters, digits, `-` and `_`"));
    }
    let shared = data.get("key").and_then(|key| signing_key(key, found));
    let trusted = data.bool("trusted").unwrap_or(false);
    let mut by_manager = BTreeMap::new();
    for manager in Manager::ALL {
        let Some(field) = data.field(manager.name()) else { continue };
        let own = field.value.get("key").and_then(|key| signing_key(key, found));
        let trusted = field.value.get_if_known("trusted").and_then(ConcreteValue::as_bool).unwrap_or(trusted);
        let key = own.or_else(|| shared.clone());
        let has_key = key.is_some() || data.get("key").is_some() || field.value.get("key").is_some();
        if !has_key && (!trusted || manager == Manager::Apk) {
            let message = format!("the repository `{name}` has no key for {}", manager.name());
            let error = Diagnostic::error(Code::MissingKey, field.key_span, message);
            found.push(error.help(match manager {
                Manager::Apk => "add `key:`: apk cannot trust a single repository without a key",
                _ => "add `key: {url: ..., sha256: ...}`, the text of the key, or `trusted: true` to use no key",
            }));
        }
        for key in ["uri", "baseurl", "options"] {
            credentials::refuse(field.value.get_if_known(key), SECRET_ACCESS, found);
        }
        let source = source(&field.value, key);
        let flat = source.suites.iter().all(|suite| suite.ends_with('/'));
        if manager == Manager::Apt && !flat && source.components.is_empty() {
            let message = format!("the repository `{name}` has no `components`");
            let error = Diagnostic::error(Code::MissingKey, field.key_span, message);
            found.push(
                error.help("add `components: [main]`, or end the suite with `/` if the repository is flat"),
            );
        }
        by_manager.insert(manager, source);
    }
    if by_manager.is_empty() {
        let error = Diagnostic::error(
            Code::MissingKey,
            value.span,
            format!("the repository `{name}` has no entry for any package manager"),
        );
        found
            .push(error.help("add `apt: {uri: ..., suites: ...}`, `dnf: {baseurl: ...}` or another manager"));
        return None;
    }
    Some(Action::Repository(Box::new(Repository { span: value.span, name, by_manager })))
}

fn source(data: &ConcreteValue, key: Option<SigningKey>) -> PackageSource {
    // The tables for apt, for RPM and for apk each have some of these keys.
    let text = |key: &str| data.get_if_known(key).and_then(ConcreteValue::as_text);
    let texts = |key: &str| data.get_if_known(key).map(ConcreteValue::as_texts).unwrap_or_default();
    PackageSource {
        addresses: [texts("uri"), texts("baseurl")].concat(),
        suites: texts("suites"),
        components: texts("components"),
        architectures: texts("architectures"),
        verify: match text("verify") {
            Some("metadata") => Verify::Metadata,
            Some("both") => Verify::Both,
            _ => Verify::Packages,
        },
        priority: text("priority").and_then(scalars::number),
        key,
        options: data.get_if_known("options").map(ConcreteValue::as_pairs).unwrap_or_default(),
    }
}

fn signing_key(data: &ConcreteValue, found: &mut Vec<Diagnostic>) -> Option<SigningKey> {
    let text = match &data.kind {
        ConcreteKind::Text(text) if text.starts_with('/') => {
            let path = text.trim();
            let wrong = Written::KeyPath.check(path).err();
            found.extend(wrong.map(|reason| {
                let message = format!("`{}` is not {}: {reason}", shortened(path), Written::KeyPath.noun());
                let error = Diagnostic::error(Code::BadValue, data.span, message);
                error.label(format!("expected {}", Written::KeyPath.expected()))
            }));
            return Some(SigningKey::Path(path.to_owned()));
        }
        ConcreteKind::Text(text) => Some(text.to_string()),
        _ => data.text("text"),
    };
    let file = data.text("file");
    credentials::refuse(data.get("url"), SECRET_KEY, found);
    let mut error = |code, message: &str, help: &str| {
        found.push(Diagnostic::error(code, data.span, message).help(help));
        None
    };
    match (text, data.text("url"), data.text("sha256")) {
        (Some(text), None, None) if text.contains("-----BEGIN ") => {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            Some(SigningKey::Text { text: format!("{text}{end}"), file })
        }
        (Some(text), None, None) if text.starts_with("http") => {
            error(Code::BadValue, "the URL of a key needs `url`", "write `key: {url: ..., sha256: ...}`")
        }
        (Some(_), None, None) => error(
            Code::BadValue,
            "this is not a key",
            "a key starts with `-----BEGIN`; a path in the image starts with `/`",
        ),
        (None, Some(url), sha256) => {
            let sha256 = sha256.map(|digest| digest.trim_start_matches("sha256:").to_owned());
            let last = url.split(['?', '#']).next().unwrap_or(&url).rsplit('/').next().unwrap_or_default();
            let armored = data.bool("armored").unwrap_or(!last.ends_with(".gpg"));
            let file = file.unwrap_or_else(|| last.to_owned());
            let download = Download { url, sha256, filename: KEY.to_owned(), retry: None };
            Some(SigningKey::Url { download, file, armored })
        }
        (None, None, _) => {
            error(Code::MissingKey, "the key has no `url`", "add `url:` and `sha256:`, or `text:`")
        }
        (Some(_), ..) => error(Code::KeyConflict, "the key has both `text` and `url`", "remove one of them"),
    }
}
