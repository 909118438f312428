//! The query of an address: `?KEY=VALUE&...`.

use super::{GitMtime, Options, folder};
use crate::percent;

const TAGS: &str = "refs/tags/";
const BRANCHES: &str = "refs/heads/";

impl Options {
    /// Adds the settings of a query to those of the fragment (`loadQuery` in `frontend/dockerfile/dfgitutil/git_ref.go`).
    pub(super) fn with_query(mut self, query: &str) -> Result<Self, String> {
        let mut seen: Vec<String> = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, value) = (decoded(key)?, decoded(value)?);
            if seen.contains(&key) {
                return Err(format!("`{key}` is given twice"));
            }
            self.set(&key, &value)?;
            seen.push(key);
        }
        Ok(self)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "ref" => self.set_reference(value.to_owned())?,
            "tag" => self.set_reference(with_prefix(TAGS, value))?,
            "branch" => self.set_reference(with_prefix(BRANCHES, value))?,
            "subdir" if self.subdir.is_empty() || self.subdir == folder(value) => self.subdir = folder(value),
            "subdir" => return Err("the folder is given twice".to_owned()),
            "checksum" | "commit" => self.checksum = Some(value.to_owned()),
            "keep-git-dir" => self.keep_git_dir = Some(flag(key, value)?),
            "submodules" => self.submodules = Some(flag(key, value)?),
            "fetch-by-commit" => self.fetch_by_commit = flag(key, value)?,
            "mtime" => {
                self.mtime = Some(match value {
                    "commit" => GitMtime::Commit,
                    "checkout" => GitMtime::Checkout,
                    other => return Err(format!("`mtime` is `{other}`, expected commit or checkout")),
                });
            }
            other => return Err(format!("unknown key `{other}`")),
        }
        Ok(())
    }

    fn set_reference(&mut self, reference: String) -> Result<(), String> {
        if !self.reference.is_empty() && self.reference != reference {
            return Err("the reference is given twice".to_owned());
        }
        self.reference = reference;
        Ok(())
    }
}

/// Adds the prefix of branches or tags to a name that does not have it.
fn with_prefix(prefix: &str, name: &str) -> String {
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

/// Parses a truth value like Go's `strconv.ParseBool`. A key without a value is true.
fn flag(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "" | "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(format!("`{key}` is `{other}`, expected true or false")),
    }
}

/// Decodes the escapes of a key or a value. `+` is a space.
fn decoded(text: &str) -> Result<String, String> {
    percent::decoded(&text.replace('+', " ")).ok_or_else(|| format!("`{text}` has an escape that is not %XX"))
}
