//! Parses addresses of git repositories in the form that clients accept (`util/gitutil`,
//! `frontend/dockerfile/dfgitutil/git_ref.go`).

use buildkit_gateway::Status;
use buildkit_llb::{GitMtime, GitRemote, GitSource};

/// The git source of an address. `None` if it is not the address of a repository.
///
/// Addresses of repositories are those with a git or ssh protocol, `user@host:path`, `github.com/...`, and http addresses whose
/// path ends in `.git`.
///
/// # Errors
/// A query with a key that is unknown, that is given twice, or that contradicts the fragment.
pub(crate) fn parse(address: &str) -> Option<Result<GitSource, Status>> {
    let full =
        if address.starts_with("github.com/") { format!("https://{address}") } else { address.to_owned() };
    let plain = full.split(['#', '?']).next().unwrap_or(&full);
    let http = full.starts_with("http://") || full.starts_with("https://");
    let repository = !http || plain.ends_with(".git") || address.starts_with("github.com/");
    if !repository || full.starts_with("./") || full.starts_with("../") {
        return None;
    }
    let source = GitSource::new(GitRemote::parse(&full)?);
    let before = full.split('#').next().unwrap_or(&full);
    let query = before.split_once('?').map_or("", |(_, query)| query);
    Some(
        with_query(source, query)
            .map_err(|problem| Status::user(format!("the git URL {address} is invalid: {problem}"))),
    )
}

fn with_query(mut source: GitSource, query: &str) -> Result<GitSource, String> {
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
    {
        if seen.contains(&key) {
            return Err(format!("`{key}` is given twice"));
        }
        seen.push(key);
        let flag = || match value {
            "" | "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            other => Err(format!("`{key}` is `{other}`, expected true or false")),
        };
        let reference = match key {
            "ref" => Some(value.to_owned()),
            "tag" => Some(format!("refs/tags/{value}")),
            "branch" => Some(format!("refs/heads/{value}")),
            _ => None,
        };
        match (key, reference) {
            (_, Some(reference)) if source.remote.reference.is_empty() => source.remote.reference = reference,
            (_, Some(reference)) if source.remote.reference == reference => {}
            (_, Some(_)) => return Err("the reference is given twice".to_owned()),
            ("subdir", None) if source.remote.subdir.is_empty() => {
                source.remote.subdir = value.trim_matches('/').to_owned()
            }
            ("subdir", None) => return Err("the folder is given twice".to_owned()),
            ("checksum" | "commit", None) => source.checksum = Some(value.to_owned()),
            ("keep-git-dir", None) => source.keep_git_dir = flag()?,
            ("submodules", None) => source.skip_submodules = !flag()?,
            ("fetch-by-commit", None) => source.fetch_by_commit = flag()?,
            ("mtime", None) => {
                source.mtime = match value {
                    "commit" => GitMtime::Commit,
                    "checkout" => GitMtime::Checkout,
                    other => return Err(format!("`mtime` is `{other}`, expected commit or checkout")),
                }
            }
            (other, None) => return Err(format!("unknown key `{other}`")),
        }
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |address: &str, expect: Option<(&str, &str, &str)>| {
            let remote = parse(address).map(|source| source.unwrap().remote);
            let parts = remote
                .as_ref()
                .map(|remote| (remote.url.as_str(), remote.reference.as_str(), remote.subdir.as_str()));
            assert_eq!(parts, expect, "{address}");
        };
        let repository = "https://example.com/a/b.git";
        check(repository, Some((repository, "", "")));
        check(&format!("{repository}#main:sub"), Some((repository, "main", "sub")));
        check(&format!("{repository}?ref=v1&subdir=x"), Some((repository, "v1", "x")));
        check(&format!("{repository}?tag=v1"), Some((repository, "refs/tags/v1", "")));
        check(&format!("{repository}?branch=dev"), Some((repository, "refs/heads/dev", "")));
        check("git@example.com:a/b", Some(("git@example.com:a/b", "", "")));
        check("github.com/a/b", Some(("https://github.com/a/b", "", "")));
        check("https://example.com/a/b.tar.gz", None);
        check("./a.git", None);
        check("folder", None);
    }

    #[test]
    fn queries_are_checked() {
        let check = |query: &str, expect: &str| {
            let status = parse(&format!("https://example.com/a.git?{query}")).unwrap().unwrap_err();
            assert!(status.message.contains(expect), "{}", status.message);
        };
        check("nonsense=1", "unknown key `nonsense`");
        check("ref=a&ref=b", "twice");
        check("ref=a&branch=b", "given twice");
        check("submodules=maybe", "expected true or false");
        let source =
            parse("https://example.com/a.git?submodules=false&keep-git-dir=1&commit=abc").unwrap().unwrap();
        assert!(source.skip_submodules && source.keep_git_dir);
        assert_eq!(source.checksum.as_deref(), Some("abc"));
    }
}
