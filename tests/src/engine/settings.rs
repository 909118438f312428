//! How this machine reaches packages, carried over into the roots and images that the engine makes: its own certificates,
//! its apt mirror and options, its pip index. All of it is found when it is needed; nothing of it stands in the sources.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::stdout_of;
use crate::machine::Machine;

/// Where Debian keeps the certificates that an administrator adds.
const OWN_CERTIFICATES: &str = "/usr/local/share/ca-certificates";
/// The bundle that `update-ca-certificates` makes of them and Debian's.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The pip settings that mean the same inside a container.
const PIP_KEYS: [&str; 6] =
    ["index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout"];

/// What it takes here to reach packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The Debian mirror of this machine; `None` means debootstrap's own choice.
    pub mirror: Option<String>,
    /// File name and text of each certificate that the administrator added.
    pub certificates: Vec<(String, String)>,
    /// Lines for a file in apt.conf.d.
    pub apt: String,
    /// Text of /etc/pip.conf; empty when pip needs nothing.
    pub pip: String,
    /// Text of /etc/uv/uv.toml; empty when uv needs nothing.
    pub uv: String,
}

impl Settings {
    /// Finds out.
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

    /// Writes all of it below a root file system.
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

/// Writes one file of a root, readable by all, its folders made; an empty text writes nothing.
pub fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let path = root.join(path.trim_start_matches('/'));
    let shown = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(shown)?;
    }
    // Removed first: in a copied root the file may be a link, and must not be followed.
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

/// All source lists of apt, one-line and deb822 form.
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

/// The first address that serves the system's own suite.
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

/// Of `apt-config dump`, what decides whether a mirror is reached and believed.
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

/// Of `pip config list`, what means the same in a container, and the machine's certificates.
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
