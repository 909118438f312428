//! Finds references to images in texts of any kind, and compares their digests with those of pins.

use buildkit_names::Reference;

/// An image and the digest to pin it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    /// The familiar name, without tag and digest, such as `acme/app` for `docker.io/acme/app`.
    name: String,
    /// The tag. `None` means every tag.
    tag: Option<String>,
    /// The digest: `sha256:` and 64 hexadecimal digits.
    pub(super) digest: String,
}

/// A reference whose digest differs from that of its pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stale<'p> {
    /// The byte of the text at which `@` and the digest begin, or at which they have to be inserted.
    pub(super) at: usize,
    /// The byte of the text after the digest.
    pub(super) end: usize,
    /// The reference as it is written in the text.
    pub(super) found: String,
    /// The image that the reference names, with the new digest.
    pub(super) pin: &'p Pin,
}

impl Pin {
    /// `NAME:TAG@DIGEST` or `NAME@DIGEST`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let reference: Reference = text.parse().ok()?;
        let digest = reference.digest()?.to_owned();
        Some(Self { name: reference.name(), tag: reference.tag().map(str::to_owned), digest })
    }

    /// Creates a pin from `NAME` or `NAME:TAG` and a digest. `None` if the digest is invalid.
    pub(super) fn of(named: &str, digest: &str) -> Option<Self> {
        Self::parse(&format!("{named}@{digest}"))
    }
}

/// Finds the references in a text whose digest differs from that of their pin. With `add`, this includes references without a
/// digest, if their tag is exactly that of the pin.
pub(super) fn stale<'p>(text: &str, pins: &'p [Pin], add: bool) -> Vec<Stale<'p>> {
    let mut stale = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive(|c| !is_part(c)) {
        let whole = part.trim_end_matches(|c| !is_part(c) || ".:-/@".contains(c));
        let end = start + whole.len();
        let word = without_variable(&text[..start], whole);
        start += part.len();
        // A scheme in front belongs to whoever wrote it there.
        let named = word.rsplit_once("://").map_or(word, |(_, named)| named);
        let Ok(reference) = named.parse::<Reference>() else { continue };
        let (tag, digest) = (reference.tag(), reference.digest());
        let Some(pin) = meant(pins, &reference.name(), tag)
            .filter(|pin| digest.is_some() || add && pin.tag.as_deref() == tag)
        else {
            continue;
        };
        if digest != Some(pin.digest.as_str()) {
            let at = end - digest.map_or(0, |digest| 1 + digest.len());
            stale.push(Stale { at, end, found: word.to_owned(), pin });
        }
    }
    stale
}

/// Returns the default of a shell variable: `debian:12` of `IMAGE:-debian:12` and `IMAGE-debian:12` behind `${`. Any other word is
/// returned as it is.
fn without_variable<'a>(before: &str, word: &'a str) -> &'a str {
    if !before.ends_with("${") {
        return word;
    }
    let default = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    default.strip_prefix(":-").or_else(|| default.strip_prefix('-')).unwrap_or(word)
}

/// Returns the pin for a name and a tag. A pin with exactly this tag is preferred. Otherwise, if the reference or the pin has no
/// tag, the pins of this name are used, provided that all of them have the same digest.
fn meant<'p>(pins: &'p [Pin], name: &str, tag: Option<&str>) -> Option<&'p Pin> {
    let mut named = pins.iter().filter(|pin| pin.name == name);
    if let Some(pin) = named.clone().find(|pin| pin.tag.as_deref() == tag) {
        return Some(pin);
    }
    let mut loose = named.by_ref().filter(|pin| tag.is_none() || pin.tag.is_none());
    let first = loose.next()?;
    loose.all(|pin| pin.digest == first.digest).then_some(first)
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-/:@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(of: char) -> String {
        format!("sha256:{}", of.to_string().repeat(64))
    }

    /// Returns the text with all stale references pinned.
    fn pinned(text: &str, pins: &[&str], add: bool) -> String {
        let pins: Vec<Pin> =
            pins.iter().map(|pin| Pin::parse(&format!("{pin}@{}", digest('b'))).unwrap()).collect();
        let mut text = text.to_owned();
        let found: Vec<(usize, usize, String)> = stale(&text, &pins, add)
            .into_iter()
            .map(|stale| (stale.at, stale.end, stale.pin.digest.clone()))
            .collect();
        for (at, end, digest) in found.into_iter().rev() {
            text.replace_range(at..end, &format!("@{digest}"));
        }
        text.replace(&digest('a'), "A").replace(&digest('b'), "B")
    }

    #[test]
    fn references_with_a_digest() {
        let check = |text: &str, expect: &str| {
            let text =
                text.replace("@A", &format!("@{}", digest('a'))).replace("@C", &format!("@{}", digest('c')));
            let found = pinned(&text, &["ghcr.io/acme/app:1", "debian:12"], false);
            assert_eq!(found.replace(&digest('c'), "C"), expect);
        };
        check("image: ghcr.io/acme/app@A\n", "image: ghcr.io/acme/app@B\n");
        check("FROM ghcr.io/acme/app:1@A AS x", "FROM ghcr.io/acme/app:1@B AS x");
        check("docker run \"ghcr.io/acme/app@A\" ls.", "docker run \"ghcr.io/acme/app@B\" ls.");
        check("(see ghcr.io/acme/app@A, or debian@C.)", "(see ghcr.io/acme/app@B, or debian@B.)");
        check("docker-image://docker.io/library/debian:12@A", "docker-image://docker.io/library/debian:12@B");
        // The same names in full and with the older name of the registry.
        check(
            "index.docker.io/library/debian@A docker.io/debian:12@A",
            "index.docker.io/library/debian@B docker.io/debian:12@B",
        );
        // Other tags, other names, and what only looks alike.
        check("ghcr.io/acme/app:2@A debian:11@A", "ghcr.io/acme/app:2@A debian:11@A");
        check(
            "ghcr.io/acme/app-x@A x/debian@A ghcr.io/acme/app/x@A",
            "ghcr.io/acme/app-x@A x/debian@A ghcr.io/acme/app/x@A",
        );
        check("debian:12 and ghcr.io/acme/app:1", "debian:12 and ghcr.io/acme/app:1");
        check("debian@sha256:12 a@debian", "debian@sha256:12 a@debian");
    }

    #[test]
    fn a_name_that_could_be_two_images_is_left_alone() {
        let pin = |text: String| Pin::parse(&text).unwrap();
        let pins = [pin(format!("debian:12@{}", digest('b'))), pin(format!("debian:13@{}", digest('c')))];
        let found = |text: &str| stale(&text.replace("@A", &format!("@{}", digest('a'))), &pins, true).len();
        assert_eq!((found("debian@A"), found("debian:13@A"), found("debian:14@A")), (0, 1, 0));
    }

    #[test]
    fn a_pin_without_a_tag_is_for_every_tag() {
        let text = format!("app:1@{0} app@{0} app:2", digest('a'));
        assert_eq!(pinned(&text, &["app"], true), "app:1@B app@B app:2");
    }

    #[test]
    fn a_digest_is_added_where_it_is_asked_for() {
        let check =
            |text: &str, expect: &str| assert_eq!(pinned(text, &["debian:12", "r:5000/x:1"], true), expect);
        check("from: \"debian:12\"\n", "from: \"debian:12@B\"\n");
        check("debian:12. r:5000/x:1", "debian:12@B. r:5000/x:1@B");
        check("debian, debian:13 or debian:12-slim", "debian, debian:13 or debian:12-slim");
        check("ä debian:12 ö", "ä debian:12@B ö");
        // The default of a variable of the shell, of compose and of Dockerfiles.
        check("FROM ${IMG:-debian:12}", "FROM ${IMG:-debian:12@B}");
        check("FROM ${IMG_2-debian:12} ${A:=debian:12}", "FROM ${IMG_2-debian:12@B} ${A:=debian:12@B}");
        check("x-debian:12 ${x-y-debian:12}", "x-debian:12 ${x-y-debian:12}");
    }

    #[test]
    fn pins_have_a_whole_digest() {
        assert!(Pin::parse("debian:12").is_none());
        assert!(Pin::parse("debian:12@sha256:12").is_none());
        assert!(Pin::parse(&format!("@{}", digest('a'))).is_none());
    }
}
