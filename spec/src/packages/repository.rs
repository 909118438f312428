//! The actions of a step `repository` for a distribution: it writes the signing key and the description of the repository. Only
//! zypper needs a process, since it takes keys from the RPM database.
//!
//! The package lists are not refreshed here. The next step `packages` does that.

use super::distribution::Distribution;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::manager::Manager;
use crate::plan::{
    Action, Copy, Mode, Origin, PackageSource, Process, Repository, Script, SigningKey, Verify,
};
use crate::schema::written::Written;

/// The actions of a step `repository` for a distribution, in order.
///
/// # Errors
/// The repository has no description for this package manager, or a key that it cannot use.
pub fn actions(repository: &Repository, system: &Distribution) -> Result<Vec<Action>, Box<Diagnostic>> {
    let manager = system.manager;
    let Some(source) = manager.entry(&repository.by_manager) else {
        let message = format!("the repository `{}` has no entry for {}", repository.name, manager.name());
        let error = Diagnostic::error(Code::MissingKey, repository.span, message);
        return Err(error.help(format!("add `{}:` to it, or an `if:`", manager.name())).into());
    };
    let mut actions = Vec::new();
    let key = match &source.key {
        Some(key) => Some(place(key, repository, manager, &mut actions)?),
        None => None,
    };
    let name = &repository.name;
    let (path, content) = match manager {
        Manager::Apt => (format!("/etc/apt/sources.list.d/{name}.sources"), deb822(source, key.as_deref())),
        Manager::Apk => (format!("/etc/apk/repositories.d/{name}.list"), lines(&source.addresses)),
        Manager::Zypper => {
            (format!("/etc/zypp/repos.d/{name}.repo"), repo(name, source, key.as_deref(), manager))
        }
        _ => (format!("/etc/yum.repos.d/{name}.repo"), repo(name, source, key.as_deref(), manager)),
    };
    actions.push(Action::File { path, content, owner: None, mode: Some(0o644) });
    if let (Manager::Zypper, Some(key)) = (manager, key) {
        actions.push(Action::Run(Box::new(import(key))));
    }
    Ok(actions)
}

/// Adds the actions that put a key where the package manager finds it. Returns its path.
fn place(
    key: &SigningKey,
    repository: &Repository,
    manager: Manager,
    actions: &mut Vec<Action>,
) -> Result<String, Box<Diagnostic>> {
    let own = match key {
        SigningKey::Path(path) => Some(path.rsplit('/').next().unwrap_or(path)),
        SigningKey::Text { file, .. } => file.as_deref(),
        SigningKey::Url { file, .. } => Some(file.as_str()),
    };
    let folder = match manager {
        Manager::Apt => "/etc/apt/keyrings",
        Manager::Apk => "/etc/apk/keys",
        _ => "/etc/pki/rpm-gpg",
    };
    let name = &repository.name;
    let path = match (manager, key, own) {
        (Manager::Apk, SigningKey::Path(path), _) if !path.starts_with("/etc/apk/keys/") => {
            let message = format!("apk does not read the key `{path}`");
            let error = Diagnostic::error(Code::BadValue, repository.span, message);
            return Err(error
                .help("apk reads keys in /etc/apk/keys: give the text or the URL of the key instead")
                .into());
        }
        (_, SigningKey::Path(path), _) => return Ok(path.clone()),
        (Manager::Apk, _, Some(file)) if Written::FileName.check(file).is_err() => {
            let message = format!("`{file}` is not {}", Written::FileName.noun());
            let error = Diagnostic::error(Code::BadValue, repository.span, message);
            return Err(error.help("name it: `key: {url: ..., sha256: ..., file: NAME.rsa.pub}`").into());
        }
        (Manager::Apk, _, Some(file)) => format!("{folder}/{file}"),
        (Manager::Apk, _, None) => {
            let error =
                Diagnostic::error(Code::MissingKey, repository.span, "the key for apk has no file name");
            return Err(error
                .help("write `key: {text: ..., file: NAME.rsa.pub}`: apk finds the key by this name")
                .into());
        }
        (Manager::Apt, SigningKey::Url { armored: false, .. }, _) => format!("{folder}/{name}.gpg"),
        (Manager::Apt, ..) => format!("{folder}/{name}.asc"),
        _ => format!("{folder}/RPM-GPG-KEY-{name}"),
    };
    actions.push(match key {
        SigningKey::Url { download, .. } => Action::Copy(Box::new(Copy {
            from: Origin::Download(download.clone()),
            sources: vec![download.filename.clone()],
            to: path.clone(),
            owner: None,
            mode: Some(Mode::Bits(0o644)),
            exclude: Vec::new(),
            follow_links: true,
            optional: false,
            parents: false,
            link: false,
            extract: None,
        })),
        SigningKey::Text { text, .. } => {
            Action::File { path: path.clone(), content: text.clone(), owner: None, mode: Some(0o644) }
        }
        SigningKey::Path(_) => return Ok(path),
    });
    Ok(path)
}

/// A description for apt in deb822 format.
fn deb822(source: &PackageSource, key: Option<&str>) -> String {
    let mut text = "Types: deb\n".to_owned();
    let mut field = |name: &str, values: &[String]| {
        if !values.is_empty() {
            text.push_str(&format!("{name}: {}\n", values.join(" ")));
        }
    };
    field("URIs", &source.addresses);
    field("Suites", &source.suites);
    field("Components", &source.components);
    field("Architectures", &source.architectures);
    match key {
        Some(key) => field("Signed-By", &[key.to_owned()]),
        None => field("Trusted", &["yes".to_owned()]),
    }
    source.options.iter().for_each(|(name, value)| field(name, std::slice::from_ref(value)));
    text
}

/// A description for dnf, microdnf, tdnf, yum or zypper.
fn repo(name: &str, source: &PackageSource, key: Option<&str>, manager: Manager) -> String {
    let (packages, metadata) = match source.verify {
        _ if key.is_none() => (0, 0),
        Verify::Packages => (1, 0),
        Verify::Metadata => (0, 1),
        Verify::Both => (1, 1),
    };
    let mut text = format!("[{name}]\nname={name}\nbaseurl={}\nenabled=1\n", source.addresses.join(" "));
    if manager == Manager::Zypper {
        let any = packages.max(metadata);
        text.push_str(&format!(
            "type=rpm-md\nautorefresh=1\ngpgcheck={any}\nrepo_gpgcheck={metadata}\npkg_gpgcheck={packages}\n"
        ));
    } else {
        text.push_str(&format!("gpgcheck={packages}\nrepo_gpgcheck={metadata}\n"));
    }
    if let Some(key) = key {
        text.push_str(&format!("gpgkey=file://{key}\n"));
    }
    if let Some(priority) = source.priority {
        text.push_str(&format!("priority={priority}\n"));
    }
    source.options.iter().for_each(|(name, value)| text.push_str(&format!("{name}={value}\n")));
    text
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The process that adds a key to the RPM database.
fn import(key: String) -> Process {
    let words = ["rpm", "--import", &key].map(str::to_owned);
    Process::of_root(Script::Exec(words.to_vec()))
}
