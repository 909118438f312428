//! Addresses of git repositories.

mod query;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::path::absolute_path;
use crate::{percent, url};

/// The address of a git repository, with what it says of the commit and of the files to take.
///
/// It is read as BuildKit reads it: `https://host/path`, `http://`, `ssh://`, `git://` and `user@host:path`, with `#REF:SUBDIR` and
/// `?KEY=VALUE` behind it (`util/gitutil/git_url.go`, `util/sshutil/scpurl.go`; the keys are those of
/// `frontend/dockerfile/dfgitutil/git_ref.go`).
///
/// ```
/// # use buildkit_names::GitUrl;
/// let url: GitUrl = "https://github.com/acme/app.git?branch=main&subdir=docs".parse()?;
/// assert_eq!(url.remote(), "https://github.com/acme/app.git");
/// assert_eq!((url.reference(), url.subdir()), ("refs/heads/main", "docs"));
/// assert_eq!(url, "https://github.com/acme/app.git#refs/heads/main:docs".parse()?);
/// # Ok::<(), buildkit_names::InvalidGitUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitUrl {
    remote: String,
    transport: Transport,
    host: String,
    path: String,
    options: Options,
}

/// What stands behind the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Options {
    reference: String,
    subdir: String,
    checksum: Option<String>,
    keep_git_dir: Option<bool>,
    submodules: Option<bool>,
    fetch_by_commit: bool,
    mtime: Option<GitMtime>,
}

/// The modification times of checked-out files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GitMtime {
    /// The time of the checkout.
    #[default]
    Checkout,
    /// The time of the commit.
    Commit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Http,
    Git,
    Ssh,
}

/// A text that is not the address of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidGitUrl {
    /// It has none of the forms of an address, or a protocol that git is not fetched by.
    #[error("`{0}` is not the address of a repository")]
    NotAnAddress(String),
    /// A key or a value behind the address is wrong.
    #[error("the git address {address}: {problem}")]
    Options {
        /// The whole address.
        address: String,
        /// What is wrong.
        problem: String,
    },
}

impl InvalidGitUrl {
    /// The same error of an address that was written in another way.
    fn of(self, written: &str) -> Self {
        let address = written.to_owned();
        match self {
            Self::NotAnAddress(_) => Self::NotAnAddress(address),
            Self::Options { problem, .. } => Self::Options { address, problem },
        }
    }
}

impl GitUrl {
    /// The repository of a build context. `None` if the address is that of something else: a folder, or a file at a URL.
    ///
    /// A context is a repository if its protocol is git or ssh, if it is `user@host:path`, if it begins with `github.com/`, or if it is
    /// an http address whose path ends in `.git` (`ParseGitRef` in `git_ref.go`).
    ///
    /// # Errors
    /// A key or a value behind the address of a repository is wrong.
    pub fn of_context(address: &str) -> Option<Result<Self, InvalidGitUrl>> {
        if let Some(path) = address.strip_prefix("github.com/") {
            let full = format!("https://github.com/{path}").parse();
            return Some(full.map_err(|error: InvalidGitUrl| error.of(address)));
        }
        let (remote, _, _) = split(address);
        let place = Place::of(remote)?;
        names_a_repository(place.transport, place.path).then(|| address.parse())
    }

    /// The address as git takes it: without what stands behind it.
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// The host, with its port if it has one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path on the host.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is reached over ssh.
    pub fn is_ssh(&self) -> bool {
        self.transport == Transport::Ssh
    }

    /// Whether the address alone tells that a repository is there, and no file: over http, whether its path ends in `.git`.
    pub fn names_a_repository(&self) -> bool {
        names_a_repository(self.transport, &self.path)
    }

    /// The branch, tag or commit. Empty for the default branch.
    pub fn reference(&self) -> &str {
        &self.options.reference
    }

    /// The folder of the repository, without slashes around it. Empty for all of it.
    pub fn subdir(&self) -> &str {
        &self.options.subdir
    }

    /// The commit that the reference must resolve to.
    pub fn checksum(&self) -> Option<&str> {
        self.options.checksum.as_deref()
    }

    /// Whether the `.git` folder is kept, if the address says so.
    pub fn keep_git_dir(&self) -> Option<bool> {
        self.options.keep_git_dir
    }

    /// Whether submodules are taken too, if the address says so.
    pub fn submodules(&self) -> Option<bool> {
        self.options.submodules
    }

    /// Whether the commit is fetched without resolving the reference.
    pub fn fetch_by_commit(&self) -> bool {
        self.options.fetch_by_commit
    }

    /// The modification times of the files, if the address says so.
    pub fn mtime(&self) -> Option<GitMtime> {
        self.options.mtime
    }

    /// The same repository at another branch, tag or commit. Empty for the default branch.
    #[must_use]
    pub fn with_reference(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.options.reference);
        self
    }

    /// The same repository with another folder of it. Empty for all of it.
    #[must_use]
    pub fn with_subdir(mut self, subdir: &str) -> Self {
        self.options.subdir = folder(subdir);
        self
    }

    /// The identifier of the source that has the commit: `git://HOST/PATH#REF:SUBDIR` (`Git` in `client/llb/source.go`). It does not depend
    /// on the protocol, so the same commit has the same identifier over https and ssh.
    pub fn identifier(&self) -> String {
        format!("git://{}{}{}", self.host, absolute_path(&self.path), self.fragment())
    }

    /// What selects the commit and the folder, as it stands behind an address: `#REF:SUBDIR`, or nothing.
    pub fn fragment(&self) -> String {
        match (self.reference(), self.subdir()) {
            ("", "") => String::new(),
            (reference, "") => format!("#{reference}"),
            (reference, subdir) => format!("#{reference}:{subdir}"),
        }
    }
}

/// Reads an address. For an address over http the path need not end in `.git`; see [`GitUrl::of_context`] for contexts.
impl FromStr for GitUrl {
    type Err = InvalidGitUrl;

    fn from_str(address: &str) -> Result<Self, InvalidGitUrl> {
        let invalid = || InvalidGitUrl::NotAnAddress(address.to_owned());
        let (remote, query, fragment) = split(address);
        let Place { scheme, transport, host, path } = Place::of(remote).ok_or_else(invalid)?;
        let fragment = match &scheme {
            Some(_) => percent::decoded(fragment).ok_or_else(invalid)?,
            None => fragment.to_owned(),
        };
        let (reference, subdir) = fragment.split_once(':').unwrap_or((&fragment, ""));
        let options =
            Options { reference: reference.to_owned(), subdir: folder(subdir), ..Options::default() };
        let options = options
            .with_query(query)
            .map_err(|problem| InvalidGitUrl::Options { address: address.to_owned(), problem })?;
        let remote = match (scheme, remote.split_once("://")) {
            // Go prints the scheme of a URL in lower case.
            (Some(scheme), Some((_, rest))) => format!("{scheme}://{rest}"),
            _ => remote.to_owned(),
        };
        Ok(Self { remote, transport, host: host.to_owned(), path: path.to_owned(), options })
    }
}

/// The address as git takes it, with the commit and the folder behind it.
impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.remote, self.fragment())
    }
}

/// Where a repository is.
struct Place<'a> {
    /// In lower case; `None` for `user@host:path`.
    scheme: Option<String>,
    transport: Transport,
    host: &'a str,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn of(remote: &'a str) -> Option<Self> {
        let Some((scheme, rest)) = remote.split_once("://") else { return Self::of_scp(remote) };
        let scheme = scheme.to_ascii_lowercase();
        let transport = match scheme.as_str() {
            "http" | "https" => Transport::Http,
            "git" => Transport::Git,
            "ssh" => Transport::Ssh,
            _ => return None,
        };
        let (authority, path) = url::split_authority(rest);
        Some(Self { scheme: Some(scheme), transport, host: url::host(authority), path })
    }

    /// The form of `scp`: `user@host:path`.
    fn of_scp(remote: &'a str) -> Option<Self> {
        let (user, rest) = remote.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let is_made_of = |text: &str, marks: [char; 2]| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(&c))
        };
        let is_address = is_made_of(user, ['-', '_']) && is_made_of(host, ['-', '.']);
        is_address.then_some(Self { scheme: None, transport: Transport::Ssh, host, path })
    }
}

fn names_a_repository(transport: Transport, path: &str) -> bool {
    transport != Transport::Http || path.ends_with(".git")
}

/// An address, its query and its fragment, each without the mark before it.
fn split(address: &str) -> (&str, &str, &str) {
    let (front, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (remote, query) = front.split_once('?').unwrap_or((front, ""));
    (remote, query, fragment)
}

/// A folder of a repository as BuildKit names it: without `.`, `..` and slashes around it.
fn folder(subdir: &str) -> String {
    absolute_path(subdir).trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
