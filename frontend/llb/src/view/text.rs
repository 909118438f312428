//! Formats values for a line of text.

use buildkit_proto::pb;

/// Formats a text. It is quoted if it would be ambiguous.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@,%^~*?!#$&|;<>[]{}()".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.into() } else { format!("{text:?}") }
}

/// Formats several texts, separated by spaces.
pub(super) fn words<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
}

/// Formats permissions in octal.
pub(super) fn octal(mode: impl Into<i64>) -> String {
    format!("{:04o}", mode.into())
}

/// Formats a platform as `os/architecture[/variant]`, with the version and the features of the operating system.
pub(super) fn platform(platform: &pb::Platform) -> String {
    let pb::Platform { os, architecture, variant, os_version, os_features } = platform;
    let mut text = format!("{os}/{architecture}");
    if !variant.is_empty() {
        text += &format!("/{variant}");
    }
    if !os_version.is_empty() {
        text += &format!(" version={}", word(os_version));
    }
    for feature in os_features {
        text += &format!(" feature={}", word(feature));
    }
    text
}

/// Shortens a digest to its first twelve digits. Other texts are returned unchanged.
pub(super) fn short(digest: &str) -> &str {
    digest.strip_prefix("sha256:").and_then(|hex| hex.get(..12)).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ambiguous_texts_are_quoted() {
        for (text, expect) in [
            ("make", "make"),
            ("A=b:c", "A=b:c"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a\nb\"", "\"a\\nb\\\"\""),
            ("é", "é"),
            ("\u{1b}[0m", "\"\\u{1b}[0m\""),
        ] {
            assert_eq!(word(text), expect);
        }
    }
}
