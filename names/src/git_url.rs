//! Addresses of git repositories.

mod query;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::path::absolute_path;
use crate::{percent, url};

/// The address of a git repository, with the commit and the folder to check out.
///
/// BuildKit's forms are accepted: `https://host/path`, `http://`, `ssh://`, `git://` and `user@host:path`, followed by `#REF:SUBDIR`
/// and `?KEY=VALUE` (`util/gitutil/git_url.go`, `util/sshutil/scpurl.go`; the keys are those of
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

/// The settings in the query and the fragment.
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

/// The error for a text that is not the address of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidGitUrl {
    /// The text has none of the forms of an address, or BuildKit does not fetch git repositories with its protocol.
    #[error("`{0}` is not the address of a repository")]
    NotAnAddress(String),
    /// A key or a value in the query is invalid.
    #[error("the git address {address}: {problem}")]
    Options {
        /// The whole address.
        address: String,
        /// The problem with it.
        problem: String,
    },
}

impl InvalidGitUrl {
    /// Returns the same error for the address that the user wrote.
    fn for_address(self, written: &str) -> Self {
        let address = written.to_owned();
        match self {
            Self::NotAnAddress(_) => Self::NotAnAddress(address),
            Self::Options { problem, .. } => Self::Options { address, problem },
        }
    }
}

impl GitUrl {
    /// Parses the address of a build context. `None` if the context is not a repository, but a folder or a file at a URL.
    ///
    /// A context is a repository if its protocol is git or ssh, if it is `user@host:path`, if it begins with `github.com/`, or if it is
    /// an http address whose path ends in `.git` (`ParseGitRef` in `git_ref.go`).
    ///
    /// # Errors
    /// Returns an error if the context is a repository, and a key or a value in the query is invalid.
    pub fn of_context(address: &str) -> Option<Result<Self, InvalidGitUrl>> {
        if let Some(path) = address.strip_prefix("github.com/") {
            let full = format!("https://github.com/{path}").parse();
            return Some(full.map_err(|error: InvalidGitUrl| error.for_address(address)));
        }
        let (remote, _, _) = split(address);
        let location = Location::of(remote)?;
        names_a_repository(location.transport, location.path).then(|| address.parse())
    }

    /// The address for git, without query and fragment.
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

    /// Whether the protocol is ssh.
    pub fn is_ssh(&self) -> bool {
        self.transport == Transport::Ssh
    }

    /// Whether the address alone shows that it is a repository and not a file. An address over http must end in `.git` for that.
    pub fn names_a_repository(&self) -> bool {
        names_a_repository(self.transport, &self.path)
    }

    /// The branch, tag or commit. Empty for the default branch.
    pub fn reference(&self) -> &str {
        &self.options.reference
    }

    /// The folder of the repository, without slashes around it. Empty for the whole repository.
    pub fn subdir(&self) -> &str {
        &self.options.subdir
    }

    /// The commit that the reference has to resolve to.
    pub fn checksum(&self) -> Option<&str> {
        self.options.checksum.as_deref()
    }

    /// Whether to keep the `.git` folder. `None` if the address does not state it.
    pub fn keep_git_dir(&self) -> Option<bool> {
        self.options.keep_git_dir
    }

    /// Whether to fetch submodules. `None` if the address does not state it.
    pub fn submodules(&self) -> Option<bool> {
        self.options.submodules
    }

    /// Whether to fetch the commit without resolving the reference.
    pub fn fetch_by_commit(&self) -> bool {
        self.options.fetch_by_commit
    }

    /// The modification times of the files. `None` if the address does not state it.
    pub fn mtime(&self) -> Option<GitMtime> {
        self.options.mtime
    }

    /// Returns the same repository at another branch, tag or commit. An empty text means the default branch.
    #[must_use]
    pub fn with_reference(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.options.reference);
        self
    }

    /// Returns the same repository with another folder. An empty text means the whole repository.
    #[must_use]
    pub fn with_subdir(mut self, subdir: &str) -> Self {
        self.options.subdir = folder(subdir);
        self
    }

    /// The identifier of the source in LLB: `git://HOST/PATH#REF:SUBDIR` (`Git` in `client/llb/source.go`). It does not contain the
    /// protocol, so a commit has the same identifier over https and ssh.
    pub fn identifier(&self) -> String {
        format!("git://{}{}{}", self.host, absolute_path(&self.path), self.fragment())
    }

    /// The fragment that selects the commit and the folder: `#REF:SUBDIR`, or an empty text.
    pub fn fragment(&self) -> String {
        match (self.reference(), self.subdir()) {
            ("", "") => String::new(),
            (reference, "") => format!("#{reference}"),
            (reference, subdir) => format!("#{reference}:{subdir}"),
        }
    }
}

/// Parses an address. The path of an address over http need not end in `.git`; for a build context, see [`GitUrl::of_context`].
impl FromStr for GitUrl {
    type Err = InvalidGitUrl;

    fn from_str(address: &str) -> Result<Self, InvalidGitUrl> {
        let invalid = || InvalidGitUrl::NotAnAddress(address.to_owned());
        let (remote, query, fragment) = split(address);
        let Location { scheme, transport, host, path } = Location::of(remote).ok_or_else(invalid)?;
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

/// The address for git, followed by the fragment that selects the commit and the folder.
impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.remote, self.fragment())
    }
}

/// The parts of an address without query and fragment.
struct Location<'a> {
    /// In lower case; `None` for `user@host:path`.
    scheme: Option<String>,
    transport: Transport,
    host: &'a str,
    path: &'a str,
}

impl<'a> Location<'a> {
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

    /// Parses the form of `scp`: `user@host:path`.
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

/// Splits an address into the part for git, the query and the fragment, without `?` and `#`.
fn split(address: &str) -> (&str, &str, &str) {
    let (front, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (remote, query) = front.split_once('?').unwrap_or((front, ""));
    (remote, query, fragment)
}

/// Normalises a folder of a repository as BuildKit does: without `.`, `..` and slashes around it.
fn folder(subdir: &str) -> String {
    absolute_path(subdir).trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
