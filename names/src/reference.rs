//! References of images.

mod grammar;
mod problem;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

pub use problem::{InvalidReference, ReferenceProblem};

/// The registry of references that name none, and its older name.
const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DOMAIN: &str = "index.docker.io";
/// The prefix of repositories on the default registry whose names have no slash.
const OFFICIAL: &str = "library/";
const DEFAULT_TAG: &str = "latest";

/// A reference of an image: a registry, a repository, and perhaps a tag and a digest.
///
/// It is parsed like `ParseNormalizedNamed` and `TagNameOnly` in `normalize.go` of `github.com/distribution/reference`, and displayed as it
/// was written. References to the same image are equal:
///
/// ```
/// # use buildkit_names::Reference;
/// let short: Reference = "alpine".parse()?;
/// let long: Reference = "docker.io/library/alpine:latest".parse()?;
/// assert_eq!(short, long);
/// assert_eq!((short.to_string(), long.familiar()), ("alpine".to_owned(), "alpine"));
/// assert_eq!(short.canonical(), "docker.io/library/alpine:latest");
/// # Ok::<(), buildkit_names::InvalidReference>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reference {
    // Shared, because plans, keys and operations contain copies.
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    written: String,
    /// See [`Reference::familiar`]. Two references are equal if these are.
    familiar: String,
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// The host of the registry, with its port if it has one: `docker.io`, `localhost:5000`.
    pub fn domain(&self) -> &str {
        &self.parts.domain
    }

    /// The repository in the registry: `library/alpine`.
    pub fn path(&self) -> &str {
        &self.parts.path
    }

    /// The registry and the repository: `docker.io/library/alpine`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.parts.domain, self.parts.path)
    }

    /// The tag, if one was written. `None` for `alpine`, although [`Reference::canonical`] adds `latest`.
    pub fn tag(&self) -> Option<&str> {
        self.parts.tag.as_deref()
    }

    /// The digest, such as `sha256:...`.
    pub fn digest(&self) -> Option<&str> {
        self.parts.digest.as_deref()
    }

    /// The reference as it was written.
    pub fn as_written(&self) -> &str {
        &self.parts.written
    }

    /// The name as it was written, without tag and digest: `alpine`. It is the name of an OCI layout of the client
    /// (`frontend/dockerui/namedcontext.go`).
    pub fn name_as_written(&self) -> &str {
        // Each part has one character before it: a colon or an at sign.
        let length = |part: &Option<String>| part.as_ref().map_or(0, |part| 1 + part.len());
        &self.parts.written[..self.parts.written.len() - length(&self.parts.tag) - length(&self.parts.digest)]
    }

    /// The short form without the default registry and the default tag: `alpine` or `acme/app:1`. It parses to the same reference. Named
    /// contexts that replace an image have this name (`frontend/dockerui/namedcontext.go`).
    pub fn familiar(&self) -> &str {
        &self.parts.familiar
    }

    /// The full form for daemons and registries: `docker.io/library/alpine:latest`. It has the default tag if there is neither a tag nor a
    /// digest.
    pub fn canonical(&self) -> String {
        let digest = self.parts.digest.as_ref().map_or(String::new(), |digest| format!("@{digest}"));
        self.canonical_name() + &digest
    }

    /// The full form without the digest: `docker.io/library/alpine:3`, or `docker.io/library/alpine` if there is a digest and no tag.
    pub fn canonical_name(&self) -> String {
        let tag = self.tag().or(self.parts.digest.is_none().then_some(DEFAULT_TAG));
        let tag = tag.map_or(String::new(), |tag| format!(":{tag}"));
        self.name() + &tag
    }

    /// Returns the same reference without the digest. The rest stays as it was written.
    #[must_use]
    pub fn without_digest(&self) -> Self {
        let written = self.parts.written.split('@').next().unwrap_or_default().to_owned();
        Self::of_parts(
            written,
            self.parts.domain.clone(),
            self.parts.path.clone(),
            self.parts.tag.clone(),
            None,
        )
    }

    /// Returns the same reference with another digest, in the full form: `docker.io/library/alpine:3@sha256:...`.
    ///
    /// # Errors
    /// Returns an error if the digest is not valid.
    pub fn with_digest(&self, digest: &str) -> Result<Self, InvalidReference> {
        format!("{}@{digest}", self.without_digest().canonical()).parse()
    }

    /// Whether an image can be pushed under this name. A digest is the result of a push, so it is not part of such a name.
    pub fn is_pushable(text: &str) -> bool {
        Written::parse(text).is_ok_and(|reference| reference.digest.is_none())
    }

    fn of_parts(
        written: String,
        domain: String,
        path: String,
        tag: Option<String>,
        digest: Option<String>,
    ) -> Self {
        let mut familiar = familiar_name(&domain, &path);
        if let Some(tag) = tag.as_ref().filter(|tag| digest.is_some() || *tag != DEFAULT_TAG) {
            familiar += &format!(":{tag}");
        }
        if let Some(digest) = &digest {
            familiar += &format!("@{digest}");
        }
        Self { parts: Arc::new(Parts { written, familiar, domain, path, tag, digest }) }
    }
}

/// Parses `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
///
/// The part before the first slash is a host if it is `localhost`, or contains a dot, a colon or an upper-case letter
/// (`splitDockerDomain`). Nothing is looked up, so `alpine:typo` is a reference too.
impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let Written { domain, path, official, tag, digest } = Written::parse(text)?;
        let path = if official { format!("{OFFICIAL}{path}") } else { path.to_owned() };
        let [tag, digest] = [tag, digest].map(|part| part.map(str::to_owned));
        Ok(Self::of_parts(text.to_owned(), domain.to_owned(), path, tag, digest))
    }
}

/// The valid parts of a reference, before they are copied.
struct Written<'a> {
    domain: &'a str,
    /// The repository as it was written.
    path: &'a str,
    /// Whether [`OFFICIAL`] belongs before the path.
    official: bool,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn parse(text: &'a str) -> Result<Self, InvalidReference> {
        let invalid = |problem| InvalidReference::new(text, problem);
        grammar::check_identifier(text).map_err(invalid)?;
        let (named, digest) =
            text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
        let (domain, rest) = match named.split_once('/') {
            Some((first, rest)) if is_domain(first) => (first, rest),
            _ => (DEFAULT_DOMAIN, named),
        };
        let domain = if domain == LEGACY_DOMAIN { DEFAULT_DOMAIN } else { domain };
        let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
        let official = domain == DEFAULT_DOMAIN && !path.contains('/');
        if domain != DEFAULT_DOMAIN {
            grammar::check_domain(domain).map_err(invalid)?;
        }
        grammar::check_path(path, if official { OFFICIAL.len() } else { 0 }).map_err(invalid)?;
        tag.map_or(Ok(()), grammar::check_tag).map_err(invalid)?;
        digest.map_or(Ok(()), grammar::check_digest).map_err(invalid)?;
        Ok(Self { domain, path, official, tag, digest })
    }
}

/// Whether the part before the first slash is a host rather than a user.
fn is_domain(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase)
}

/// The name without the default registry (`familiarizeName`). It is kept if the first part of the rest would be parsed as a host.
fn familiar_name(domain: &str, path: &str) -> String {
    let official = path.strip_prefix(OFFICIAL).filter(|name| !name.contains('/'));
    match (official, path.split_once('/')) {
        _ if domain != DEFAULT_DOMAIN => {}
        (Some(name), _) => return name.to_owned(),
        (None, Some((first, _))) if !is_domain(first) => return path.to_owned(),
        _ => {}
    }
    format!("{domain}/{path}")
}

/// The reference as it was written.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.written)
    }
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.parts.familiar == other.parts.familiar
    }
}

impl Eq for Reference {}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts.familiar.cmp(&other.parts.familiar)
    }
}

impl Hash for Reference {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.familiar.hash(state);
    }
}

#[cfg(test)]
mod tests;
