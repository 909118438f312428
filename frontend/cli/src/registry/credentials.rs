//! The credentials of docker for a registry: from its configuration, or from the helper programs that it names.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::answer::Failure;
use crate::files;

/// The name of Docker Hub in the configuration.
const HUB: &str = "https://index.docker.io/v1/";

/// What docker sends to a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// A user with a password, as the value of the header `Authorization`.
    Basic(String),
    /// A refresh token (`identitytoken`).
    Token(String),
}

/// The configuration of docker.
pub(crate) struct DockerConfig(Value);

impl DockerConfig {
    /// Reads the configuration. Without a folder, it is that of the home folder. A file that is not there is empty.
    ///
    /// # Errors
    /// The file cannot be read or is not JSON.
    pub(crate) fn read(folder: Option<&Path>) -> Result<Self, Failure> {
        let home = || std::env::home_dir().map(|home| home.join(".docker"));
        let file = folder.map(PathBuf::from).or_else(home).map(|folder| folder.join("config.json"));
        let Some(file) = file else { return Ok(Self(Value::Null)) };
        let Some(text) = files::read(&file)? else { return Ok(Self(Value::Null)) };
        let json = serde_json::from_str(&text);
        json.map(Self).map_err(|error| Failure::File(format!("{}: {error}", file.display())))
    }

    /// The credentials for a registry. `domain` is that of a reference, such as `docker.io`.
    pub(crate) fn find(&self, domain: &str) -> Option<Credentials> {
        let name = if domain == "docker.io" { HUB } else { domain };
        let helper = self.0.get("credHelpers").and_then(|helpers| helpers.get(name));
        let helper = helper.or_else(|| self.0.get("credsStore")).and_then(Value::as_str);
        if let Some(found) = helper.filter(|helper| !helper.is_empty()).and_then(|helper| ask(helper, name)) {
            return Some(found);
        }
        let entries = self.0.get("auths").and_then(Value::as_object)?;
        let host = |entry: &str| {
            let rest = entry.split_once("://").map_or(entry, |(_, rest)| rest);
            rest.split('/').next().unwrap_or_default().to_owned()
        };
        let same = |entry: &&String| *entry == name || host(entry) == host(name);
        let entry = entries
            .get(name)
            .or_else(|| entries.iter().find(|(entry, _)| same(entry)).map(|(_, entry)| entry))?;
        let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(token) = text("identitytoken") {
            return Some(Credentials::Token(token.to_owned()));
        }
        match (text("auth"), text("username"), text("password")) {
            (Some(auth), ..) => Some(Credentials::Basic(format!("Basic {auth}"))),
            (None, Some(user), Some(password)) => Some(basic(user, password)),
            _ => None,
        }
    }
}

fn basic(user: &str, password: &str) -> Credentials {
    Credentials::Basic(format!("Basic {}", BASE64.encode(format!("{user}:{password}"))))
}

/// Asks a helper program (`docker-credential-NAME get`). One that is not there or has no entry has no credentials.
fn ask(helper: &str, name: &str) -> Option<Credentials> {
    let mut command = Command::new(format!("docker-credential-{helper}"));
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(name.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let json: Value = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())?;
    match (json.get("Username")?.as_str()?, json.get("Secret")?.as_str()?) {
        ("<token>", token) => Some(Credentials::Token(token.to_owned())),
        (user, password) => Some(basic(user, password)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_host() {
        let json = r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "aHVi"},
            "https://r.test/v2/": {"username": "a", "password": "b"},
            "s.test:5000": {"identitytoken": "t"},
            "empty.test": {}
        }, "credHelpers": {"h.test": "there-is-no-such-helper"}}"#;
        let config = DockerConfig(serde_json::from_str(json).unwrap());
        let basic = |text: &str| Some(Credentials::Basic(format!("Basic {text}")));
        assert_eq!(config.find("docker.io"), basic("aHVi"));
        assert_eq!(config.find("r.test"), basic("YTpi"));
        assert_eq!(config.find("s.test:5000"), Some(Credentials::Token("t".to_owned())));
        for none in ["s.test", "empty.test", "h.test", "other.test"] {
            assert_eq!(config.find(none), None, "{none}");
        }
        assert_eq!(DockerConfig(Value::Null).find("r.test"), None);
    }
}
