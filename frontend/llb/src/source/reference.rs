//! Image names in full, so that one image has one spelling.

use std::borrow::Cow;

/// The full form of an image name: `alpine` is `docker.io/library/alpine:latest`.
///
/// Follows `ParseNormalizedNamed` and `TagNameOnly` of the distribution project's reference package, which BuildKit's
/// client applies. A name that is full already, or that is no valid name, comes back as it is written, plus a tag if it
/// has neither tag nor digest.
///
/// ```
/// # use buildkit_llb::normalize_reference;
/// assert_eq!(normalize_reference("alpine"), "docker.io/library/alpine:latest");
/// assert_eq!(normalize_reference("acme/app:1"), "docker.io/acme/app:1");
/// assert_eq!(normalize_reference("ghcr.io/acme/app"), "ghcr.io/acme/app:latest");
/// ```
#[must_use]
pub fn normalize_reference(reference: &str) -> Cow<'_, str> {
    let (domain, rest) = match reference.split_once('/') {
        Some((first, rest)) if is_domain(first) => (first, rest),
        _ => ("docker.io", reference),
    };
    let domain = if domain == "index.docker.io" { "docker.io" } else { domain };
    let library = if domain == "docker.io" && !rest.contains('/') { "library/" } else { "" };
    let name = rest.rsplit('/').next().unwrap_or(rest);
    let tag = if name.contains([':', '@']) { "" } else { ":latest" };
    if reference.len() == domain.len() + 1 + library.len() + rest.len() + tag.len() {
        return Cow::Borrowed(reference);
    }
    Cow::Owned(format!("{domain}/{library}{rest}{tag}"))
}

/// Whether the part before the first slash is a host rather than a user.
fn is_domain(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_forms() {
        for (reference, expect) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("alpine@sha256:ab", "docker.io/library/alpine@sha256:ab"),
            ("alpine:3@sha256:ab", "docker.io/library/alpine:3@sha256:ab"),
            ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/acme/app:1", "docker.io/acme/app:1"),
            ("acme/app", "docker.io/acme/app:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/app", "localhost:5000/app:latest"),
            ("Host/app:1", "Host/app:1"),
            ("ghcr.io/a/b/c:1", "ghcr.io/a/b/c:1"),
            ("ghcr.io/a/b@sha256:ab", "ghcr.io/a/b@sha256:ab"),
        ] {
            assert_eq!(normalize_reference(reference), expect, "{reference}");
            assert_eq!(normalize_reference(expect), expect, "of its own result");
        }
    }
}
