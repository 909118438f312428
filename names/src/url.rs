//! Functions on URLs of any protocol.

use crate::percent::decoded;

/// Removes the user and the password from a URL. Returns any other text as it is, also `git@host:path`, whose user is not a secret.
///
/// ```
/// use buildkit_names::without_credentials;
/// assert_eq!(without_credentials("https://user:token@example.com/a?b=c"), "https://example.com/a?b=c");
/// ```
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = split_authority(rest);
    format!("{scheme}://{}{path}", host(authority))
}

/// Whether the protocol of a URL is http or https (`httpPrefix` in `frontend/dockerui/context.go`).
pub fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Returns the name of the file that a URL leads to: the last part of its path, decoded. `None` if the URL has no path, or if the path
/// has an escape that is not two hexadecimal digits of UTF-8 text. The Dockerfile frontend of BuildKit takes the same name
/// (`dispatchCopy` in `dockerfile2llb/convert_copy.go`).
///
/// ```
/// use buildkit_names::url_file_name;
/// assert_eq!(url_file_name("https://example.com/a%20b.txt?x=1").as_deref(), Some("a b.txt"));
/// assert_eq!(url_file_name("https://example.com"), None);
/// ```
pub fn url_file_name(url: &str) -> Option<String> {
    let (_scheme, rest) = url.split_once("://")?;
    let (_authority, path) = split_authority(rest.split(['?', '#']).next()?);
    let path = decoded(path)?;
    path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Splits the part after `://` into the authority and the rest, which begins with the path.
pub(crate) fn split_authority(rest: &str) -> (&str, &str) {
    rest.find('/').map_or((rest, ""), |at| rest.split_at(at))
}

/// The host of an authority, with its port.
pub(crate) fn host(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_user, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (url, expect) in [
            ("https://example.com/a/b.tar.gz", Some("b.tar.gz")),
            ("https://example.com/a/b.tar.gz?sig=/x/y#z", Some("b.tar.gz")),
            ("https://example.com/a%20b.txt", Some("a b.txt")),
            ("https://example.com/a%2Fb%2bc", Some("b+c")),
            ("https://example.com/a+b", Some("a+b")),
            ("https://example.com/a//", Some("a")),
            ("https://example.com/", None),
            ("https://example.com?a=b/c", None),
            ("https://example.com/a%zz", None),
            ("https://example.com/a%ff", None),
        ] {
            assert_eq!(url_file_name(url).as_deref(), expect, "{url}");
        }
    }

    #[test]
    fn addresses_keep_no_credentials() {
        let check = |url: &str, expect: &str| assert_eq!(without_credentials(url), expect);
        check("https://user:token@example.com/a/b.git", "https://example.com/a/b.git");
        check("https://example.com/a@b.git", "https://example.com/a@b.git");
        check("ssh://git@example.com:22/a.git", "ssh://example.com:22/a.git");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
    }
}
