//! The machine's settings for package downloads: certificates, apt mirror and options, pip index. They are read at run time and copied
//! into the roots and images of the engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::stdout_of;
use crate::machine::Machine;

/// The folder of the certificates that an administrator adds in Debian.
const OWN_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
/// The bundle of these and Debian's certificates, made by `update-ca-certificates`.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The pip settings that have the same meaning inside a container.
const PIP_KEYS: [&str; 6] =
    ["index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout"];

/// The settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The Debian mirror of this machine. `None` stands for debootstrap's default.
    pub mirror: Option<String>,
    /// File name and text of each certificate that the administrator added.
    pub certificates: Vec<(String, String)>,
    /// The lines of a file in apt.conf.d.
    pub apt: String,
    /// The text of /etc/pip.conf, or empty.
    pub pip: String,
    /// The text of /etc/uv/uv.toml, or empty.
    pub uv: String,
}

impl Settings {
    /// Reads the settings of this machine.
    pub fn of(machine: &Machine) -> Settings {
        let certificates = own_certificates(Path::new(OWN_CERTIFICATES));
        let apt_dump = stdout_of(Command::new("apt-config").arg("dump")).unwrap_or_default();
        let pip_list = stdout_of(Command::new("pip").args(["config", "list"])).unwrap_or_default();
        Settings {
            mirror: (machine.system == "debian").then(|| mirror(&apt_sources(), &machine.codename)).flatten(),
            apt: apt_options(&apt_dump),
            pip: pip_conf(&pip_list, !certificates.is_empty()),
            uv: if certificates.is_empty() { String::new() } else { "native-tls = true\n".into() },
            certificates,
        }
    }

    /// Writes the settings into a root file system.
    pub fn write_into(&self, root: &Path) -> Result<()> {
        for (name, text) in &self.certificates {
            write(root, &format!("{OWN_CERTIFICATES}/{name}"), text)?;
        }
        write(root, "/etc/apt/apt.conf.d/90machine", &self.apt)?;
        write(root, "/etc/pip.conf", &self.pip)?;
        write(root, "/etc/uv/uv.toml", &self.uv)?;
        if !self.certificates.is_empty() && root.join("usr/sbin/update-ca-certificates").exists() {
            stdout_of(Command::new("chroot").arg(root).arg("update-ca-certificates"))?;
        }
        Ok(())
    }
}

/// Writes a file of a root with mode 0644, and makes its folders. Does nothing if the text is empty.
pub fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let path = root.join(path.trim_start_matches('/'));
    let shown = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    // Removes the file first: in a copied root it may be a link to the original.
    if path.symlink_metadata().is_ok() {
        fs::remove_file(&path).with_context(shown)?;
    }
    fs::write(&path, text).with_context(shown)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).with_context(shown)
}

fn own_certificates(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "crt")).collect();
    paths.sort();
    let read = |path: PathBuf| {
        Some((path.file_name()?.to_string_lossy().into_owned(), fs::read_to_string(&path).ok()?))
    };
    paths.into_iter().filter_map(read).collect()
}

/// All source lists of apt, in one-line and deb822 format.
fn apt_sources() -> String {
    let listed =
        fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    let known = |path: &PathBuf| path.extension().is_some_and(|e| e == "list" || e == "sources");
    let mut paths: Vec<PathBuf> = listed.filter(known).collect();
    paths.sort();
    paths.insert(0, "/etc/apt/sources.list".into());
    let texts = paths.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.collect::<Vec<_>>().join("\n\n")
}

/// The first address in the source lists for this suite.
fn mirror(sources: &str, codename: &str) -> Option<String> {
    let is_address = |word: &str| word.contains("://");
    for paragraph in sources.split("\n\n") {
        let field = |name: &str| {
            let of_line = |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(str::to_owned);
            paragraph.lines().find_map(of_line)
        };
        let one_line = paragraph.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| is_address(word))?;
            let fits = words[0] == "deb" && words.get(at + 1) == Some(&codename);
            fits.then(|| words[at].to_owned())
        });
        let deb822 = field("Suites")
            .filter(|s| s.split_whitespace().any(|word| word == codename))
            .and_then(|_| field("URIs")?.split_whitespace().find(|word| is_address(word)).map(str::to_owned));
        if let Some(found) = one_line.or(deb822) {
            return Some(found);
        }
    }
    None
}

/// The lines of `apt-config dump` that decide whether apt reaches and trusts a mirror.
fn apt_options(dump: &str) -> String {
    let decides = |line: &&str| {
        let key = line.split(' ').next().unwrap_or_default().to_ascii_lowercase();
        key.starts_with("acquire::check-")
            || (key.starts_with("acquire::http")
                && ["proxy", "verify-peer", "verify-host"].iter().any(|k| key.contains(k)))
    };
    let set = dump.lines().filter(decides).filter(|line| !line.ends_with("\"\";"));
    set.map(|line| format!("{line}\n")).collect()
}

/// The pip settings from `pip config list` that have the same meaning in a container, and the certificates.
fn pip_conf(list: &str, certificates: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in list.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        let key = name.rsplit('.').next().unwrap_or_default();
        let value = value.trim_matches('\'').replace("\\n", "\n    ");
        if PIP_KEYS.contains(&key) && !lines.iter().any(|l| l.starts_with(&format!("{key} ="))) {
            lines.push(format!("{key} = {value}"));
        }
    }
    if certificates {
        lines.push(format!("cert = {BUNDLE}"));
    }
    if lines.is_empty() { String::new() } else { format!("[global]\n{}\n", lines.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_of_both_forms() {
        let one_line =
            "# deb http://old/debian bookworm main\ndeb [arch=amd64] http://a/debian bookworm main\n";
        assert_eq!(mirror(one_line, "bookworm").as_deref(), Some("http://a/debian"));
        let deb822 = "Types: deb\nURIs: http://s/security\nSuites: trixie-security\n\n\
                      Types: deb\n# note\nURIs: http://b/debian\nSuites: trixie trixie-updates\n";
        assert_eq!(mirror(deb822, "trixie").as_deref(), Some("http://b/debian"));
        assert_eq!(mirror(deb822, "noble"), None);
    }

    #[test]
    fn apt_options_are_those_of_reaching() {
        let dump = "Acquire::Check-Date \"false\";\nAcquire::Languages \"none\";\n\
                    Acquire::http::Proxy \"http://p:1\";\nAcquire::https::Proxy \"\";\n";
        assert_eq!(
            apt_options(dump),
            "Acquire::Check-Date \"false\";\nAcquire::http::Proxy \"http://p:1\";\n"
        );
    }

    #[test]
    fn pip_settings_keep_the_first_of_a_key_and_drop_paths() {
        let list = ":env:.find-links='/wheels'\n:env:.index-url='http://i/simple'\nglobal.index-url='http://j/simple'\n";
        let expected = format!("[global]\nindex-url = http://i/simple\ncert = {BUNDLE}\n");
        assert_eq!(pip_conf(list, true), expected);
        assert_eq!(pip_conf("", false), "");
    }
}
