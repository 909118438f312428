//! Checks the parts of a reference (`regexp.go` of `github.com/distribution/reference`).

use super::ReferenceProblem as Problem;

const LONGEST_PATH: usize = 255;
const LONGEST_TAG: usize = 128;
/// The algorithms of digests with the lengths of their digits (`algorithm.go` of `github.com/opencontainers/go-digest`).
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Rejects 64 hexadecimal digits, which are the id of an image (`anchoredIdentifierRegexp`).
pub(super) fn check_identifier(text: &str) -> Result<(), Problem> {
    if is_hex(text, 64) { Err(Problem::Identifier) } else { Ok(()) }
}

/// Checks a host name, an IPv4 address, or an IPv6 address in brackets. A port may follow (`domainAndPort`).
pub(super) fn check_domain(domain: &str) -> Result<(), Problem> {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        bytes.iter().all(is_inner) && is_end(bytes.first()) && is_end(bytes.last())
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(is_label),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if is_host && port.is_none_or(is_port) { Ok(()) } else { Err(Problem::Domain(domain.to_owned())) }
}

/// Checks components separated by slashes (`remoteName`). `more` is the length of the prefix that normalisation adds.
pub(super) fn check_path(path: &str, more: usize) -> Result<(), Problem> {
    if path.is_empty() {
        return Err(Problem::NoName);
    }
    if path.chars().any(char::is_uppercase) {
        return Err(Problem::UpperCase(path.to_owned()));
    }
    if let Some(component) = path.split('/').find(|component| !is_component(component)) {
        return Err(Problem::Component(component.to_owned()));
    }
    let length = path.len() + more;
    if length > LONGEST_PATH { Err(Problem::TooLong(length)) } else { Ok(()) }
}

/// Whether a component consists of lower-case letters and digits, and between them one dot, one or two underscores, or any number of
/// hyphens (`pathComponent`).
fn is_component(component: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    if !bytes.first().is_some_and(is_alphanumeric) || !bytes.last().is_some_and(is_alphanumeric) {
        return false;
    }
    let is_separator = |separator: &[u8]| {
        matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
    };
    bytes.split(is_alphanumeric).all(is_separator)
}

/// Checks a tag: a word character, and at most 127 word characters, dots and hyphens (`tag`).
pub(super) fn check_tag(tag: &str) -> Result<(), Problem> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_tag = tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
        && tag.len() <= LONGEST_TAG;
    match tag {
        _ if is_tag => Ok(()),
        "" => Err(Problem::EmptyTag),
        tag => Err(Problem::Tag(tag.to_owned())),
    }
}

/// Checks a digest: an algorithm and its hexadecimal digits in lower case (`Digest.Validate`).
pub(super) fn check_digest(digest: &str) -> Result<(), Problem> {
    let parts = digest.split_once(':');
    let is_digest = parts.is_some_and(|(algorithm, digits)| {
        ALGORITHMS.iter().any(|(name, length)| *name == algorithm && is_hex(digits, *length))
    });
    if is_digest { Ok(()) } else { Err(Problem::Digest(digest.to_owned())) }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
