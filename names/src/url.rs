//! URLs of any protocol.

/// A URL without the user and the password in it. A text that is no URL is kept, `git@host:path` too: that user is no secret.
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

/// Whether a file at a URL is fetched by http (`httpPrefix` in `frontend/dockerui/context.go`).
pub fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// What stands behind `://`: the authority, and the path with all that follows.
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
    fn addresses_keep_no_credentials() {
        let check = |url: &str, expect: &str| assert_eq!(without_credentials(url), expect);
        check("https://user:token@example.com/a/b.git", "https://example.com/a/b.git");
        check("https://example.com/a@b.git", "https://example.com/a@b.git");
        check("ssh://git@example.com:22/a.git", "ssh://example.com:22/a.git");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
    }
}
