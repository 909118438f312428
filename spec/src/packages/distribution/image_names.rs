//! Finds the distribution of images whose reference names it: official images, and images of others with the distribution in their
//! tag.

use buildkit_names::Reference;

use crate::base::manager::Manager::{self, Apk, Apt, Dnf, Microdnf, Tdnf, Yum, Zypper};

/// Code names of releases, as tags contain them.
const CODE_NAMES: &[(&str, &str, &str)] = &[
    ("buster", "debian", "10"),
    ("bullseye", "debian", "11"),
    ("bookworm", "debian", "12"),
    ("trixie", "debian", "13"),
    ("forky", "debian", "14"),
    ("focal", "ubuntu", "20.04"),
    ("jammy", "ubuntu", "22.04"),
    ("noble", "ubuntu", "24.04"),
    ("resolute", "ubuntu", "26.04"),
];

/// Official images of distributions: the path of the repository without its registry, the package manager, the distribution, and
/// the number of parts of the version that packages depend on.
const OWN: &[(&str, Manager, &str, usize)] = &[
    ("debian", Apt, "debian", 1),
    ("ubuntu", Apt, "ubuntu", 2),
    ("alpine", Apk, "alpine", 2),
    ("fedora", Dnf, "fedora", 1),
    ("fedora/fedora", Dnf, "fedora", 1),
    ("rockylinux", Dnf, "rocky", 1),
    ("rockylinux/rockylinux", Dnf, "rocky", 1),
    ("almalinux", Dnf, "almalinux", 1),
    ("almalinux/almalinux", Dnf, "almalinux", 1),
    ("oraclelinux", Dnf, "ol", 1),
    ("centos", Dnf, "centos", 1),
    ("centos/centos", Dnf, "centos", 1),
    ("amazonlinux", Dnf, "amzn", 1),
    ("amazonlinux/amazonlinux", Dnf, "amzn", 1),
    ("azurelinux/base/core", Tdnf, "azurelinux", 1),
    ("cbl-mariner/base/core", Tdnf, "mariner", 1),
    ("photon", Tdnf, "photon", 1),
    ("opensuse/leap", Zypper, "opensuse-leap", 2),
    ("opensuse/tumbleweed", Zypper, "opensuse-tumbleweed", 0),
    ("bci/bci-base", Zypper, "sles", 2),
    ("suse/sle15", Zypper, "sles", 2),
];

/// Images of others that have the distribution in their tags, as in `3.12-slim-bookworm` and `12.9.1-base-ubuntu24.04`.
const TAGGED: &[&str] = &[
    "buildpack-deps",
    "cuda",
    "cuda-dl-base",
    "eclipse-temurin",
    "elixir",
    "erlang",
    "gcc",
    "golang",
    "haskell",
    "julia",
    "node",
    "openjdk",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
    "swift",
];

/// Distributions as tags name them, with the package manager and the number of parts of the version that packages depend on.
const IN_TAGS: &[(&str, Manager, &str, usize)] = &[
    ("ubuntu", Apt, "ubuntu", 2),
    ("debian", Apt, "debian", 1),
    ("alpine", Apk, "alpine", 2),
    ("rockylinux", Dnf, "rocky", 1),
    ("ubi", Dnf, "rhel", 1),
    ("oraclelinux", Dnf, "ol", 1),
];

/// Registries on which images with these names are the official ones.
const REGISTRIES: &[&str] = &[
    "docker.io/",
    "public.ecr.aws/docker/",
    "public.ecr.aws/",
    "mirror.gcr.io/",
    "mcr.microsoft.com/",
    "nvcr.io/",
    "quay.io/",
    "registry.fedoraproject.org/",
    "registry.opensuse.org/",
    "registry.suse.com/",
];

/// The package manager, the distribution and the release of an image. `None` if its reference does not name them.
pub(super) fn known(reference: &Reference) -> Option<(Manager, &'static str, String)> {
    let name = reference.name();
    if let Some(found) = manylinux(&name) {
        return Some(found);
    }
    let tag = match (reference.tag(), reference.digest()) {
        (Some(tag), _) => tag,
        // A digest without a tag does not say which release it is.
        (None, Some(_)) => return None,
        (None, None) => "latest",
    };
    if let Some(found) = red_hat(&name) {
        return found;
    }
    let path = REGISTRIES.iter().find_map(|registry| name.strip_prefix(registry))?;
    let path = path.strip_prefix("library/").unwrap_or(path);
    if let Some((_, manager, id, parts)) = OWN.iter().find(|(own, ..)| *own == path) {
        return own(*manager, id, *parts, tag);
    }
    let last = path.strip_prefix("nvidia/").unwrap_or(path);
    TAGGED.contains(&last).then(|| tag.split('-').rev().find_map(in_tag))?
}

/// The distribution of an official image. Its smallest images have another package manager, or none.
fn own(
    manager: Manager,
    id: &'static str,
    parts: usize,
    tag: &str,
) -> Option<(Manager, &'static str, String)> {
    let mut words = tag.split('-');
    let first = words.next().unwrap_or_default();
    let has = |word: &str| tag.split('-').any(|other| other == word);
    let version = first.trim_start_matches("stream");
    let release = match CODE_NAMES.iter().find(|(name, ..)| *name == first) {
        Some((_, _, release)) => (*release).to_owned(),
        None => numbers(version, parts),
    };
    let old = (id == "centos" || id == "ol") && release == "7" || id == "amzn" && release == "2";
    let manager = match manager {
        Dnf if has("micro") => return None,
        Dnf if old => Yum,
        Dnf if has("minimal") || has("slim") => Microdnf,
        manager => manager,
    };
    Some((manager, id, release))
}

/// The distribution in one word of a tag: a code name, or a distribution with its version.
fn in_tag(word: &str) -> Option<(Manager, &'static str, String)> {
    if let Some((_, id, release)) = CODE_NAMES.iter().find(|(name, ..)| *name == word) {
        return Some((Apt, id, (*release).to_owned()));
    }
    let (_, manager, id, parts) = IN_TAGS.iter().find(|(name, ..)| word.starts_with(name))?;
    let version = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let version = match version {
        // `ubuntu2404` is `ubuntu24.04`.
        digits if *id == "ubuntu" && digits.len() == 4 => format!("{}.{}", &digits[..2], &digits[2..]),
        other => other.to_owned(),
    };
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| (*manager, *id, numbers(&version, *parts)))
}

/// The distribution of Red Hat's images: `ubi9`, `ubi9-minimal`, `ubi9/ubi-minimal`. The outer `None` is for images that are not
/// Red Hat's, the inner one for those without a known package manager.
fn red_hat(name: &str) -> Option<Option<(Manager, &'static str, String)>> {
    let path = ["registry.access.redhat.com/", "registry.redhat.io/", "docker.io/redhat/"]
        .iter()
        .find_map(|host| name.strip_prefix(host))?;
    let rest = path.strip_prefix("ubi")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (release, kind) = rest.split_at(digits);
    let manager = match kind.trim_start_matches("/ubi") {
        "" | "-init" => Dnf,
        "-minimal" => Microdnf,
        _ => return Some(None),
    };
    Some(Some((manager, "rhel", release.to_owned())).filter(|_| !release.is_empty()))
}

/// The distribution of `manylinux_2_28_x86_64` and similar images, for any tag.
fn manylinux(name: &str) -> Option<(Manager, &'static str, String)> {
    let name = name.strip_prefix("quay.io/pypa/")?;
    let starts = |text: &str| name.starts_with(text);
    match () {
        () if starts("manylinux2014_") => Some((Yum, "centos", "7".to_owned())),
        () if starts("manylinux_2_28_") => Some((Dnf, "almalinux", "8".to_owned())),
        () if starts("manylinux_2_34_") => Some((Dnf, "almalinux", "9".to_owned())),
        () => None,
    }
}

/// The first parts of a version. A name such as `latest` is returned as it is.
fn numbers(version: &str, parts: usize) -> String {
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return version.to_owned();
    }
    version.split('.').take(parts).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of an image. `@A` stands for a digest.
    fn of(reference: &str) -> Option<(Manager, &'static str, String)> {
        known(&reference.replace("@A", &format!("@sha256:{}", "a".repeat(64))).parse().unwrap())
    }

    #[test]
    fn names_that_tell() {
        let check = |reference: &str, manager: Manager, id: &str, release: &str| {
            let found = of(reference).expect(reference);
            assert_eq!((found.0, found.1, found.2.as_str()), (manager, id, release), "{reference}");
        };
        check("debian", Apt, "debian", "latest");
        check("debian:12.5-slim", Apt, "debian", "12");
        check("docker.io/library/debian:bookworm-20250101@A", Apt, "debian", "12");
        check("ubuntu:24.04", Apt, "ubuntu", "24.04");
        check("ubuntu:noble-20250101", Apt, "ubuntu", "24.04");
        check("public.ecr.aws/docker/library/alpine:3.20.1", Apk, "alpine", "3.20");
        check("fedora:rawhide", Dnf, "fedora", "rawhide");
        check("rockylinux:9.3", Dnf, "rocky", "9");
        check("rockylinux:9-minimal", Microdnf, "rocky", "9");
        check("oraclelinux:8-slim", Microdnf, "ol", "8");
        check("quay.io/centos/centos:stream9", Dnf, "centos", "9");
        check("centos:7", Yum, "centos", "7");
        check("amazonlinux:2", Yum, "amzn", "2");
        check("amazonlinux:2023", Dnf, "amzn", "2023");
        check("registry.access.redhat.com/ubi9/ubi-minimal:latest", Microdnf, "rhel", "9");
        check("registry.access.redhat.com/ubi10/ubi:latest", Dnf, "rhel", "10");
        check("redhat/ubi8", Dnf, "rhel", "8");
        check("index.docker.io/redhat/ubi8", Dnf, "rhel", "8");
        check("index.docker.io/debian", Apt, "debian", "latest");
        check("mcr.microsoft.com/azurelinux/base/core:3.0", Tdnf, "azurelinux", "3");
        check("opensuse/leap:15.6", Zypper, "opensuse-leap", "15.6");
        check("opensuse/tumbleweed", Zypper, "opensuse-tumbleweed", "latest");
        check("registry.suse.com/bci/bci-base:15.6", Zypper, "sles", "15.6");
        check("quay.io/pypa/manylinux_2_28_x86_64@A", Dnf, "almalinux", "8");
        check("python:3.12-slim-bookworm", Apt, "debian", "12");
        check("golang:1.24-alpine3.20", Apk, "alpine", "3.20");
        check("nvidia/cuda:12.9.1-cudnn-devel-ubuntu24.04", Apt, "ubuntu", "24.04");
        check("nvcr.io/nvidia/cuda-dl-base:25.01-cuda12.8-devel-ubuntu24.04", Apt, "ubuntu", "24.04");
        check("nvidia/cuda:12.9.1-base-rockylinux9", Dnf, "rocky", "9");
        check("nvidia/cuda:12.9.1-base-ubi8", Dnf, "rhel", "8");
    }

    #[test]
    fn names_that_do_not_tell() {
        let check = |reference: &str| assert_eq!(of(reference), None, "{reference}");
        check("python:3.12-slim");
        check("debian@A");
        check("ghcr.io/acme/debian:12");
        check("acme/app:1.0-bookworm");
        check("localhost:5000/debian:12");
        check("registry.access.redhat.com/ubi9/ubi-micro");
        check("almalinux:9-micro");
        check("busybox");
        check("golang:1.24-alpine");
    }
}
