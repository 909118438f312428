//! `examples/rapids`: its matrix equals that of the real project, and its variants share steps. `rapids_build.rs` builds some of
//! the variants.

use std::collections::{BTreeMap, BTreeSet};

use crate::families::{self, Example};

const CUDA: [&str; 4] = ["12.2.2", "12.9.2", "13.0.3", "13.3.0"];
const PYTHON: [&str; 4] = ["3.11", "3.12", "3.13", "3.14"];
const LINUX: [&str; 4] = ["rockylinux8", "ubuntu22.04", "ubuntu24.04", "ubuntu26.04"];
const IMAGES: [&str; 3] = ["ci-conda", "ci-wheel", "citestwheel"];

/// The nine exclusions in the project's own matrix.
const EXCLUDED: [(Option<&str>, Option<&str>, Option<&str>); 9] = [
    (None, Some("12.2.2"), Some("ubuntu24.04")),
    (None, Some("12.2.2"), Some("ubuntu26.04")),
    (None, Some("12.9.2"), Some("ubuntu26.04")),
    (None, Some("13.0.3"), Some("ubuntu26.04")),
    (Some("ci-wheel"), Some("12.2.2"), None),
    (Some("ci-wheel"), Some("13.0.3"), None),
    (Some("ci-wheel"), None, Some("ubuntu22.04")),
    (Some("ci-wheel"), None, Some("ubuntu24.04")),
    (Some("ci-wheel"), None, Some("ubuntu26.04")),
];

/// A variant: image, CUDA, Python, Linux.
type Variant = [String; 4];

/// The variants that the project builds.
fn expected() -> BTreeSet<Variant> {
    let mut expected = BTreeSet::new();
    for image in IMAGES {
        for cuda in CUDA {
            for python in PYTHON {
                for linux in LINUX {
                    let fits = |rule: Option<&str>, value: &str| rule.is_none_or(|rule| rule == value);
                    let excluded = EXCLUDED
                        .iter()
                        .any(|rule| fits(rule.0, image) && fits(rule.1, cuda) && fits(rule.2, linux));
                    if !excluded {
                        expected.insert([image, cuda, python, linux].map(str::to_owned));
                    }
                }
            }
        }
    }
    expected
}

/// The tags under which the project publishes a variant of the branch `main`.
fn tags([image, cuda, python, linux]: &Variant) -> BTreeSet<String> {
    let variant = format!("cuda{cuda}-{linux}-py{python}");
    let mut tags = vec![format!("26.10-{variant}"), variant];
    let newest = if image == "ci-wheel" { "rockylinux8" } else { "ubuntu26.04" };
    if (cuda.as_str(), python.as_str(), linux.as_str()) == ("13.3.0", "3.14", newest) {
        tags.extend(["latest".to_owned(), "26.10-latest".to_owned()]);
    }
    tags.into_iter().map(|tag| format!("rapidsai/{image}:{tag}")).collect()
}

fn args([_, cuda, python, linux]: &Variant) -> Vec<(String, String)> {
    families::args(&[("cuda", cuda), ("python", python), ("linux", linux)])
}

#[test]
fn the_check_finds_nothing() {
    assert_eq!(Example::read("rapids").findings(), [""; 0]);
}

#[test]
fn of_192_combinations_there_are_the_104_of_the_project_with_their_tags() {
    let expected = expected();
    let count = |image: &str| expected.iter().filter(|variant| variant[0] == image).count();
    assert_eq!((expected.len(), IMAGES.map(count)), (104, [48, 8, 48]));

    let members = Example::read("rapids").members();
    let found: BTreeMap<Variant, BTreeSet<String>> = members
        .into_iter()
        .map(|member| {
            assert_eq!(member.platforms, ["linux/amd64", "linux/arm64"]);
            let axes: BTreeMap<String, String> = member.axes.into_iter().collect();
            let variant =
                [member.target, axes["cuda"].clone(), axes["python"].clone(), axes["linux"].clone()];
            (variant, member.tags.into_iter().collect())
        })
        .collect();
    let expected = expected.into_iter().map(|variant| {
        let tags = tags(&variant);
        (variant, tags)
    });
    assert_eq!(found, expected.collect());
}

#[test]
fn a_pull_request_is_published_to_staging_alone() {
    let mut example = Example::read("rapids");
    example.query.args.insert("pull_request".to_owned(), "381".to_owned());
    let members = example.members();
    assert_eq!(members.len(), 104);
    for member in members {
        let [tag] = member.tags.as_slice() else { panic!("{:?}", member.tags) };
        assert!(tag.starts_with(&format!("rapidsai/staging:{}-381-26.10-cuda", member.target)), "{tag}");
    }
}

#[test]
fn what_the_rules_exclude_is_refused_with_its_reason() {
    let example = Example::read("rapids");
    let refused = |pairs: &[(&str, &str)]| {
        example.plan("ci-wheel", &families::args(pairs), "amd64").map(drop).unwrap_err()
    };
    let words = refused(&[("linux", "ubuntu24.04")]);
    assert!(words.contains("wheels are built against the oldest glibc, that of Rocky Linux 8"), "{words}");
    let words = refused(&[("linux", "rockylinux8"), ("cuda", "13.0.3")]);
    assert!(words.contains("the newest CUDA of each major version"), "{words}");
}

/// Parts that read no axis: the name of the last vertex, and the number of variants that have it.
const SHARED: [(&str, usize); 6] = [
    ("miniforge 4/4", 48),
    ("sccache 2/2", 56),
    ("yq 2/2", 48),
    ("libraries 4/4", 24),
    ("aws 2/2", 104),
    ("gh 2/2", 104),
];

#[test]
fn every_variant_is_lowered_and_a_part_that_reads_no_axis_is_one_vertex() {
    let example = Example::read("rapids");
    let mut digests: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let (mut all, mut count) = (BTreeSet::new(), 0);
    for variant in expected() {
        let vertices = example.vertices(&variant[0], &args(&variant), "linux/amd64,linux/arm64");
        for (part, arch) in SHARED.iter().flat_map(|(part, _)| [(*part, "amd64"), (*part, "arm64")]) {
            let prefix = format!("[linux/{arch} {part}]");
            let of_part = vertices.iter().filter(|(_, name)| name.starts_with(&prefix));
            digests.entry((part, arch)).or_default().extend(of_part.map(|(digest, _)| digest.clone()));
        }
        count += vertices.len();
        all.extend(vertices.into_keys());
    }
    for (part, users) in SHARED {
        for arch in ["amd64", "arm64"] {
            let digests = &mut digests.get_mut(&(part, arch)).unwrap();
            assert_eq!(digests.len(), users, "variants that have {part} for {arch}");
            digests.dedup();
            assert_eq!(digests.len(), 1, "{part} for {arch} is the same for all of them");
        }
        assert_ne!(digests[&(part, "amd64")], digests[&(part, "arm64")], "{part}");
    }
    // Without sharing, 104 builds for two architectures would each run all of their steps.
    assert!(all.len() * 2 < count, "{} of {count} vertices differ", all.len());
}
