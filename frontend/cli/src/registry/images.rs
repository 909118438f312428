//! Images in registries, through `docker buildx imagetools`, which has the credentials, mirrors and certificates of the user.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use buildkit_names::Reference;
use serde_json::Value;

use super::{Refusal, message};
use crate::answer::Failure;

/// How many images are read at the same time.
const AT_ONCE: usize = 8;

/// What is read of an image.
const FORMAT: &str = r#"--format={"digest":{{json .Manifest.Digest}},"image":{{json .Image}}}"#;

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryImage {
    /// The digest of its manifest or index.
    pub(crate) digest: String,
    /// The label `varve.key` for each platform, such as `linux/amd64`. An image that is no index has one without a name.
    pub(crate) keys: BTreeMap<String, Option<String>>,
}

/// Reads images. The result has those that their registry has.
///
/// # Errors
/// The first image that cannot be read for another reason than that it is not there.
pub(crate) fn read(references: BTreeSet<String>) -> Result<BTreeMap<String, RegistryImage>, Failure> {
    let left = Mutex::new(references.into_iter());
    let found = Mutex::new((BTreeMap::new(), None));
    let work = || {
        while let Some(reference) = left.lock().ok().and_then(|mut left| left.next()) {
            let image = inspect(&reference);
            let Ok(mut found) = found.lock() else { return };
            match image {
                Ok(Some(image)) => drop(found.0.insert(reference, image)),
                Ok(None) => {}
                Err(error) => drop(found.1.get_or_insert(error)),
            }
            if found.1.is_some() {
                return;
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    match found.into_inner() {
        Ok((images, None)) => Ok(images),
        Ok((_, Some(message))) => Err(Failure::File(message)),
        Err(_) => Err(Failure::File("cannot read the images".to_owned())),
    }
}

/// Reads an image. The error says why there is no answer.
fn inspect(reference: &str) -> Result<Option<RegistryImage>, String> {
    let output = run(&["inspect", FORMAT, reference])?;
    let host = reference.parse().map(|reference: Reference| reference.domain().to_owned());
    let host = host.unwrap_or_default();
    let image = match output {
        Ok(out) => serde_json::from_str(&out).ok().and_then(|json| image(&json)),
        Err(words) => match refusal(&words) {
            Refusal::NotFound => return Ok(None),
            refusal => return Err(message(refusal, reference, &host, &words)),
        },
    };
    let unknown = "the answer of `docker buildx imagetools inspect` is not that of an image";
    image.map(Some).ok_or_else(|| message(Refusal::Other, reference, &host, unknown))
}

/// Runs `docker buildx imagetools`. Returns its output, or the last line of what it says if it fails.
///
/// # Errors
/// There is no program `docker`.
pub(crate) fn run<W: AsRef<std::ffi::OsStr>>(words: &[W]) -> Result<Result<String, String>, String> {
    let mut command = Command::new("docker");
    let output = command.args(["buildx", "imagetools"]).args(words).stdin(Stdio::null()).output();
    let output = output.map_err(|error| {
        format!("cannot run `docker buildx imagetools`: {error}: varve reads registries with it")
    })?;
    if output.status.success() {
        return Ok(Ok(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let line = words.trim().lines().rfind(|line| !line.is_empty()).unwrap_or("it failed and says nothing");
    Ok(Err(line.trim_start_matches("ERROR: ").to_owned()))
}

/// Sorts what buildx says by its words: errors of containerd's resolver (`core/remotes/docker` of containerd) and of Go's network library.
fn refusal(words: &str) -> Refusal {
    let has = |any: &[&str]| any.iter().any(|part| words.contains(part));
    if has(&[
        "401 Unauthorized",
        "403 Forbidden",
        "authorization failed",
        "unauthorized",
        "denied",
        "no basic auth",
    ]) {
        Refusal::Unauthorised
    } else if has(&[
        "dial ",
        "no such host",
        "connection re",
        "timeout",
        "Timeout",
        "unreachable",
        "deadline exceeded",
        "EOF",
        "tls: ",
        "x509: ",
    ]) {
        Refusal::Unreachable
    } else if words.ends_with(": not found") || has(&["MANIFEST_UNKNOWN", "NAME_UNKNOWN"]) {
        Refusal::NotFound
    } else {
        Refusal::Other
    }
}

fn image(json: &Value) -> Option<RegistryImage> {
    let key =
        |image: &Value| Some(image.get("config")?.get("Labels")?.get("varve.key")?.as_str()?.to_owned());
    let image = json.get("image")?;
    let platforms = image.as_object().into_iter().flatten();
    // A single image has its own configuration in place of one for each platform.
    let keys = match image.get("os").is_some_and(Value::is_string) {
        true => BTreeMap::from([(String::new(), key(image))]),
        false => platforms.map(|(platform, image)| (platform.clone(), key(image))).collect(),
    };
    Some(RegistryImage { digest: json.get("digest")?.as_str()?.to_owned(), keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What buildx 0.29 says.
    #[test]
    fn refusals_are_told_apart() {
        let check = |words: &str, expect: Refusal| assert_eq!(refusal(words), expect, "{words}");
        check("127.0.0.1:5000/acme/app:1: not found", Refusal::NotFound);
        check(
            "failed to do request: Head \"http://127.0.0.1:1/v2/acme/app/manifests/1\": dial tcp 127.0.0.1:1: connect: connection refused",
            Refusal::Unreachable,
        );
        check(
            "failed to do request: Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host",
            Refusal::Unreachable,
        );
        check(
            "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
            Refusal::Unauthorised,
        );
        check(
            "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token: 403 Forbidden",
            Refusal::Unauthorised,
        );
        check(
            "unexpected status from HEAD request to http://r/v2/: 500 Internal Server Error",
            Refusal::Other,
        );
        check("docker: unknown command: docker buildx", Refusal::Other);
    }

    #[test]
    fn labels_are_those_of_each_platform() {
        let check = |json: &str, expect: &[(&str, Option<&str>)]| {
            let keys = image(&serde_json::from_str(json).unwrap()).unwrap().keys;
            let keys: Vec<_> = keys.iter().map(|(name, key)| (name.as_str(), key.as_deref())).collect();
            assert_eq!(keys, expect);
        };
        check(
            r#"{"digest": "d", "image": {"os": "linux", "config": {"Labels": {"varve.key": "k"}}}}"#,
            &[("", Some("k"))],
        );
        check(
            r#"{"digest": "d", "image": {"linux/amd64": {"os": "linux", "config": {"Labels": {"varve.key": "k"}}}, "linux/arm64": {"os": "linux"}}}"#,
            &[("linux/amd64", Some("k")), ("linux/arm64", None)],
        );
        assert_eq!(image(&serde_json::json!({"image": {}})), None);
    }
}
