//! Functions on URLs of any protocol.

use std::borrow::Cow;
use std::ops::Range;

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

/// Whether a text contains a URL with a password, or with a user of http or https, which is a token where there is no password. The
/// user of other protocols, as in `ssh://git@host/path`, is not a secret, and neither is the user `git`.
///
/// ```
/// use buildkit_names::has_credentials;
/// assert!(has_credentials("--index-url=https://user:token@example.com/simple"));
/// assert!(has_credentials("git+https://token@example.com/a.git"));
/// assert!(!has_credentials("ssh://git@example.com/a.git"));
/// ```
pub fn has_credentials(text: &str) -> bool {
    credentials(text).next().is_some()
}

/// A text for people: in each of its URLs, the password is replaced by `xxxxx`, and so is the user of http without a password.
///
/// ```
/// use buildkit_names::redacted;
/// assert_eq!(redacted("get https://user:token@example.com/a"), "get https://user:xxxxx@example.com/a");
/// ```
pub fn redacted(text: &str) -> Cow<'_, str> {
    with_secrets_replaced(text, |_| "xxxxx".into())
}

/// A text for people, like [`redacted`], whose lines and columns are those of the original: an `x` replaces each character of a secret.
///
/// ```
/// use buildkit_names::redacted_in_place;
/// assert_eq!(redacted_in_place("get https://user:pässword@example.com"), "get https://user:xxxxxxxx@example.com");
/// ```
pub fn redacted_in_place(text: &str) -> Cow<'_, str> {
    with_secrets_replaced(text, |secret| "x".repeat(secret.chars().count()))
}

/// Whether a text for a shell contains a URL with a password that the text states. A variable or another expansion of the shell, such
/// as `https://user:$TOKEN@host`, states none.
///
/// ```
/// use buildkit_names::has_credentials_in_shell;
/// assert!(has_credentials_in_shell("git clone https://user:token@example.com/a.git"));
/// assert!(!has_credentials_in_shell("git clone https://user:${TOKEN}@example.com/a.git"));
/// ```
pub fn has_credentials_in_shell(text: &str) -> bool {
    credentials(text).any(|secret| !text[secret].starts_with(['$', '`']))
}

fn with_secrets_replaced(text: &str, mask: impl Fn(&str) -> String) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut end = 0;
    for secret in credentials(text) {
        shown.push_str(&text[end..secret.start]);
        end = secret.end;
        shown.push_str(&mask(&text[secret]));
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

/// The places of the secrets in the URLs of a text.
fn credentials(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let authority = &text[start..];
        let ends = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'' | '\\') || c.is_whitespace();
        let authority = &authority[..authority.find(ends).unwrap_or(authority.len())];
        let (user, _) = authority.rsplit_once('@')?;
        let is_http = text[..at].ends_with("http") || text[..at].ends_with("https");
        match user.split_once(':') {
            Some((_, "")) if !is_http => None,
            Some((name, _)) => Some(start + name.len() + 1..start + user.len()),
            None if is_http && !matches!(user, "" | "git") => Some(start..start + user.len()),
            None => None,
        }
    })
}

/// Whether the protocol of a URL is http or https (`httpPrefix` in `frontend/dockerui/context.go`).
pub fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Returns the name of the file that a URL leads to: the last part of its path, decoded. `None` if the URL has no path, if the path has
/// an escape that is not two hexadecimal digits of UTF-8 text, or if the part is `..` or has control characters. The Dockerfile frontend of BuildKit takes the same name
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
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let is_name = !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    is_name.then(|| name.to_owned())
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
            ("https://example.com/a/%2e%2e", None),
            ("https://example.com/a%0Ab", None),
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

    #[test]
    fn a_text_that_is_redacted_in_place_keeps_its_columns() {
        let check = |text: &str, expect: &str| assert_eq!(redacted_in_place(text), expect);
        check("a: https://u:päß@h # b", "a: https://u:xxx@h # b");
        check("https://token@h http://u:p@h", "https://xxxxx@h http://u:x@h");
        check("https://h/a@b", "https://h/a@b");
    }

    #[test]
    fn an_expansion_of_the_shell_is_not_a_password() {
        let check = |text: &str, expect: bool| assert_eq!(has_credentials_in_shell(text), expect, "{text}");
        check("curl https://u:p@h", true);
        check("curl https://$TOKEN@h https://u:${P}@h https://u:$(cat)@h https://u:`cat`@h", false);
        check("curl https://$TOKEN@h https://u:p@h", true);
        check("curl https://u:p$1@h", true);
    }

    #[test]
    fn secrets_in_urls_are_found_wherever_they_are() {
        let check = |text: &str, expect: &str| {
            assert_eq!((redacted(text).as_ref(), has_credentials(text)), (expect, text != expect), "{text}");
        };
        check("https://u:p@h/a", "https://u:xxxxx@h/a");
        check("https://p@h/a", "https://xxxxx@h/a");
        check("https://:p@h", "https://:xxxxx@h");
        check("https://u:p@q@h", "https://u:xxxxx@h");
        check("a @ https://u:p@h/a.whl, b @ http://p@h", "a @ https://u:xxxxx@h/a.whl, b @ http://xxxxx@h");
        check("--index-url=https://u:p@h", "--index-url=https://u:xxxxx@h");
        check("git+ssh://u:p@h/a", "git+ssh://u:xxxxx@h/a");
        for text in [
            "https://h/a@b",
            "https://h?a=b@c",
            "https://h#a@b",
            "ssh://git@h/a",
            "git+https://git@h/a",
            "git@h:a",
            "https://h and u:p@h",
            "echo 'https://h' a@b",
            "é://",
            "",
        ] {
            check(text, text);
        }
    }
}
