//! Functions on URLs of any protocol.

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
    fn addresses_keep_no_credentials() {
        let check = |url: &str, expect: &str| assert_eq!(without_credentials(url), expect);
        check("https://user:token@example.com/a/b.git", "https://example.com/a/b.git");
        check("https://example.com/a@b.git", "https://example.com/a@b.git");
        check("ssh://git@example.com:22/a.git", "ssh://example.com:22/a.git");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
    }
}
