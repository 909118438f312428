//! Addresses of git repositories.

use crate::path::absolute;

/// Where a git repository is, read as BuildKit reads it (util/gitutil/git_url.go, util/sshutil/scpurl.go).
///
/// ```
/// # use buildkit_llb::GitRemote;
/// let remote = GitRemote::parse("git@github.com:acme/app.git#main:docs").expect("an address");
/// assert_eq!(remote.url, "git@github.com:acme/app.git");
/// assert_eq!((remote.reference.as_str(), remote.subdir.as_str()), ("main", "docs"));
/// assert!(remote.ssh);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRemote {
    /// The address as git takes it: without query and fragment.
    pub url: String,
    /// The host, with its port if it has one.
    pub host: String,
    /// The path on the host.
    pub path: String,
    /// Whether it is reached over ssh.
    pub ssh: bool,
    /// What the fragment says before its colon: a branch, tag or commit.
    pub reference: String,
    /// What the fragment says after its colon: a folder of the repository, without a leading slash.
    pub subdir: String,
}

impl GitRemote {
    /// Reads `https://host/path`, `ssh://`, `git://`, `http://` and `user@host:path`, with `#reference:subdir` or
    /// without. None for any other protocol and for what is no address.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
        let (url, _query) = address.split_once('?').unwrap_or((address, ""));
        let (scheme, host, path) = match url.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
                let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
                (scheme.to_ascii_lowercase(), host, path)
            }
            None => {
                let (user, rest) = url.split_once('@')?;
                let (host, path) = rest.split_once(':')?;
                let named = |text: &str, marks: &[char]| {
                    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(&c))
                };
                if !named(user, &['-', '_']) || !named(host, &['-', '.']) {
                    return None;
                }
                ("ssh".into(), host, path)
            }
        };
        if !matches!(scheme.as_str(), "http" | "https" | "ssh" | "git") {
            return None;
        }
        let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
        Some(Self {
            // Go prints the scheme of a URL in lower case.
            url: match url.split_once("://") {
                Some((_, rest)) => format!("{scheme}://{rest}"),
                None => url.into(),
            },
            host: host.into(),
            path: path.into(),
            ssh: scheme == "ssh",
            reference: reference.into(),
            subdir: absolute(subdir)[1..].into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, url: &str, host: &str, path: &str, ssh: bool, fragment: (&str, &str)) {
        let remote = GitRemote::parse(address).unwrap();
        assert_eq!(
            (&*remote.url, &*remote.host, &*remote.path, remote.ssh),
            (url, host, path, ssh),
            "{address}"
        );
        assert_eq!((&*remote.reference, &*remote.subdir), fragment, "{address}");
    }

    #[test]
    fn addresses() {
        let plain = "https://github.com/acme/app.git";
        check(plain, plain, "github.com", "/acme/app.git", false, ("", ""));
        check("HTTPS://github.com/acme/app.git", plain, "github.com", "/acme/app.git", false, ("", ""));
        check(&format!("{plain}?x=1#v1:a/../b"), plain, "github.com", "/acme/app.git", false, ("v1", "b"));
        check(&format!("{plain}#:sub"), plain, "github.com", "/acme/app.git", false, ("", "sub"));
        let ssh = "ssh://git@host:22/a/b";
        check(ssh, ssh, "host:22", "/a/b", true, ("", ""));
        check("git@host.org:a/b.git#main", "git@host.org:a/b.git", "host.org", "a/b.git", true, ("main", ""));
        check("git://host/a", "git://host/a", "host", "/a", false, ("", ""));
    }

    #[test]
    fn not_addresses() {
        for address in ["", "acme/app", "ftp://host/a", "host:path", "a b@host:path", "@host:path"] {
            assert_eq!(GitRemote::parse(address), None, "{address}");
        }
    }
}
