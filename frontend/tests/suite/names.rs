//! Platforms, references of images and git addresses: each table gives the same texts to every place that reads one.

use std::collections::BTreeMap;

use buildkit_gateway::{Call, FakeBridge, ImageRequest, ImageStore, Options, Source, SourceRequest};
use buildkit_llb::{Graph, ImageSource, Platform, Reference, dump};
use varve_spec::{Distribution, Family, ImageName, Lock, MatrixQuery, Pinning, Sources};

use crate::played;

const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// What each place reads a platform as; `None` where it is refused.
fn platforms(text: &str) -> [(&'static str, Option<String>); 3] {
    let options = Options::read(&BTreeMap::from([("platform".to_owned(), text.to_owned())]));
    let option = options.ok().and_then(|options| Some(options.platforms.first()?.to_string()));
    let file = format!(
        "stages: {{s: {{from: scratch}}}}\ntargets: {{app: {{stage: s, platforms: [\"{text}\"]}}}}\n"
    );
    let family = Family::read(&Sources::single("image.yaml", file)).family.unwrap();
    let query = MatrixQuery::new(Platform::new("linux", "amd64"));
    let members = family.matrix(&query).and_then(|matrix| matrix.builds());
    let member = members.ok().and_then(|members| Some(members.first()?.platforms.concat()));
    let lock = format!("version: 1\nimages: {{a: {{\"{text}\": {DIGEST}}}}}\n");
    let lock = Lock::read("image.lock", &lock).ok().map(|lock| match &lock.sections()["images"]["a"] {
        Pinning::Each(platforms) => platforms.keys().cloned().collect(),
        Pinning::One(digest) => (*digest).to_owned(),
    });
    [("the option", option), ("the build file", member), ("the lock", lock)]
}

#[test]
fn a_platform_is_the_same_in_options_files_and_locks() {
    let check = |text: &str, expect: Option<&str>| {
        for (place, found) in platforms(text) {
            assert_eq!(found.as_deref(), expect, "{text} as {place} reads it");
        }
        if let Some(expect) = expect {
            let mut graph = Graph::new();
            let platform: Platform = text.parse().unwrap();
            let vertex = graph.add(ImageSource::new("a".parse().unwrap(), platform));
            let shown = dump(&graph.definition(graph.root(vertex), &[]));
            let line = expect.replace("(10.0)", "");
            assert!(shown.contains(&format!("platform {line}")), "{shown}");
        }
    };
    check("linux/amd64", Some("linux/amd64"));
    check("Linux/X86_64", Some("linux/amd64"));
    check("linux/amd64/v1", Some("linux/amd64"));
    check("linux/aarch64/v8", Some("linux/arm64"));
    check("linux/arm64/9", Some("linux/arm64/v9"));
    check("linux/arm", Some("linux/arm/v7"));
    check("linux/armel", Some("linux/arm/v6"));
    check("linux/riscv64", Some("linux/riscv64"));
    check("windows(10.0)/amd64", Some("windows(10.0)/amd64"));
    for none in ["", "linux/", "/amd64", "linux/*", "linux/amd64/v1/x"] {
        check(none, None);
    }
}

/// The build file took them, and the option did not.
#[test]
fn a_platform_that_the_command_line_refuses_is_none_in_a_build_file() {
    for text in ["linux/amd64/", "linux/amd 64", "lin ux/amd64", "windows(10.0/amd64"] {
        for (place, found) in platforms(text) {
            assert_eq!(found, None, "{text} as {place} reads it");
        }
    }
}

/// In a build file the version was a part of the name of the system. From the command line it was left out.
#[test]
fn the_version_of_windows_is_no_part_of_its_name() {
    let file =
        "stages: {s: {from: scratch, image: {labels: {os: \"${{ platform.os }} ${{ platform.id }}\"}}}}\n";
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", file);
    let outcome = played::build(&fake, &played::session(&[("platform", "windows(10.0)/amd64")])).unwrap();
    let config = String::from_utf8(outcome.metadata["containerimage.config"].clone()).unwrap();
    assert!(config.contains(r#""os":"windows windows/amd64""#), "{config}");
    let lock = format!(
        "version: 1\nimages: {{a: {{\"windows(10.0)/amd64\": {DIGEST}}}, b: {{windows/amd64: {DIGEST}}}}}\n"
    );
    let lock = Lock::read("image.lock", &lock).unwrap();
    let platform: Platform = "windows(10.0)/amd64".parse().unwrap();
    for name in ["a", "b"] {
        assert_eq!(lock.image(&ImageName::new(name), &platform), Some(DIGEST), "{name}");
    }
}

const SPELLINGS: [&str; 5] = [
    "debian:12",
    "library/debian:12",
    "docker.io/debian:12",
    "docker.io/library/debian:12",
    "index.docker.io/library/debian:12",
];
const CANONICAL: &str = "docker-image://docker.io/library/debian:12";

/// A daemon that has the image and nothing else.
fn daemon(file: &str) -> FakeBridge {
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", file);
    fake.with_image_for_all("docker.io/library/debian:12", None, "{}")
}

fn resolved(fake: &FakeBridge) -> Vec<String> {
    let calls = fake.calls();
    let images = calls.iter().filter_map(|call| match call {
        Call::ResolveImage(request) => Some(request.reference.canonical()),
        _ => None,
    });
    images.collect()
}

#[test]
fn all_spellings_of_an_image_are_that_image() {
    let amd64 = Platform::new("linux", "amd64");
    for spelling in SPELLINGS {
        let reference: Reference = spelling.parse().unwrap();
        let mut graph = Graph::new();
        let vertex = graph.add(ImageSource::new(reference.clone(), amd64.clone()));
        let source = Source::alone_in(&graph.definition(graph.root(vertex), &[])).unwrap();
        assert_eq!(source.identifier, CANONICAL, "{spelling} as an operation");
        let request = SourceRequest::from(ImageRequest::new(reference.clone(), None));
        assert_eq!(request.source.identifier, CANONICAL, "{spelling} as a request");
        let distribution = Distribution::of_image(&reference, &amd64).unwrap();
        assert_eq!((distribution.id.as_str(), distribution.release.as_str()), ("debian", "12"), "{spelling}");
        for locked in SPELLINGS {
            let lock = format!("version: 1\nimages: {{\"{locked}\": {DIGEST}}}\n");
            let lock = Lock::read("image.lock", &lock).unwrap();
            assert_eq!(lock.image(&ImageName::new(spelling), &amd64), Some(DIGEST), "{spelling} as {locked}");
        }
        let file = format!("stages: {{app: {{from: \"{spelling}\"}}}}\n");
        let fake = daemon(&file);
        played::build(&fake, &played::session(&[])).unwrap();
        assert_eq!(resolved(&fake), ["docker.io/library/debian:12"], "{spelling} as a base");
        let fake = daemon(&file).with_image_for_all("docker.io/library/other:1", None, "{}");
        played::build(&fake, &played::session(&[("context:debian:12", "docker-image://other:1")])).unwrap();
        assert_eq!(resolved(&fake), ["docker.io/library/other:1"], "{spelling} with a context in its place");
        let fake = daemon("stages: {app: {from: base}}\n");
        let context = format!("docker-image://{spelling}");
        played::build(&fake, &played::session(&[("context:base", &context)])).unwrap();
        assert_eq!(resolved(&fake), ["docker.io/library/debian:12"], "{spelling} as a context");
    }
}

#[test]
fn a_layout_of_the_client_is_found_by_the_name_that_was_written() {
    for (layout, store) in [("abc:latest", "abc"), ("abc", "abc"), ("host:1/abc", "host:1/abc")] {
        let pinned = format!("docker.io/library/debian:12@{DIGEST}");
        let fake = daemon("stages: {app: {from: \"debian:12\"}}\n").with_image_for_all(&pinned, None, "{}");
        let context = format!("oci-layout://{layout}@{DIGEST}");
        played::build(&fake, &played::session(&[("context:debian:12", &context)])).unwrap();
        let stores: Vec<ImageStore> = fake
            .calls()
            .into_iter()
            .filter_map(|call| match call {
                Call::ResolveImage(request) => Some(request.store),
                _ => None,
            })
            .collect();
        let expect = ImageStore::OciLayout { session_id: "session".to_owned(), store_id: store.to_owned() };
        assert_eq!((stores, resolved(&fake)), (vec![expect], vec![pinned]), "{layout}");
    }
    let session = played::session(&[("context:debian:12", "oci-layout://abc:latest")]);
    let status = played::build(&daemon("stages: {app: {from: \"debian:12\"}}\n"), &session).unwrap_err();
    assert!(status.message.contains("is an OCI layout without a digest"), "{}", status.message);
}

/// Each spelling was resolved by itself.
#[test]
fn an_image_with_two_spellings_is_resolved_once() {
    let fake = daemon(
        "stages: {a: {from: \"debian:12\"}, b: {from: \"docker.io/library/debian:12\", steps: [{copy: /a /a, from: a}]}}\n",
    );
    played::build(&fake, &played::session(&[("target", "b")])).unwrap();
    assert_eq!(resolved(&fake), ["docker.io/library/debian:12"]);
}

#[test]
fn a_text_that_is_no_reference_is_an_error_at_its_place() {
    let fake = daemon("stages: {app: {from: \"Debian:12\"}}\n");
    let status = played::build(&fake, &played::session(&[])).unwrap_err();
    let expect = "`Debian:12` is not an image reference: `Debian` has upper-case letters, which only tags and hosts may have";
    assert!(status.message.contains(expect), "{}", status.message);
    assert_eq!(status.sources().len(), 1);
}

/// The identifier of the git source of a build.
fn git_source(fake: &FakeBridge, opts: &[(&str, &str)]) -> String {
    played::build(fake, &played::session(opts)).unwrap();
    let built = fake.definitions().pop().unwrap();
    let sources: Vec<String> = Source::all_in(&built).map(|(source, _)| source.identifier).collect();
    sources.into_iter().find(|identifier| identifier.starts_with("git://")).unwrap()
}

#[test]
fn a_commit_is_the_same_as_context_named_context_and_step() {
    const FILE: &str = "stages: {app: {from: scratch, steps: [{copy: a /}]}}\n";
    let expect = "git://example.com/a.git#v1:src/x";
    for address in [
        "https://example.com/a.git#v1:src/x",
        "https://user:token@example.com/a.git#v1:/src/./x/",
        "https://example.com/a.git?ref=v1&subdir=src/x",
        "https://example.com/a.git?ref=v1&subdir=/src/y/../x/",
        "https://example.com/a.git?subdir=src%2Fx#v1",
        "HTTPS://example.com/a.git#v1:src/x",
        "ssh://git@example.com/a.git#v1:src/x",
        "git://example.com/a.git#v1:src/x",
        "git@example.com:a.git?ref=v1#:src/x",
    ] {
        let fake = FakeBridge::new().with_file(expect, "image.yaml", FILE);
        assert_eq!(git_source(&fake, &[("context", address)]), expect, "{address} as the context");
        let fake = daemon("stages: {app: {from: scratch, steps: [{copy: a /, from: src}]}}\n");
        assert_eq!(git_source(&fake, &[("context:src", address)]), expect, "{address} as a named context");
    }
    for (url, subdir) in [
        ("https://example.com/a.git", "src/x"),
        ("ssh://git@example.com/a.git", "/src/x/"),
        // Beside a step, such a folder was kept as it was written.
        ("git@example.com:a.git", "./src/y/../x"),
    ] {
        let step = format!("{{git: \"{url}\", ref: v1, subdir: \"{subdir}\", to: /}}");
        let fake = daemon(&format!("stages: {{app: {{from: scratch, steps: [{step}]}}}}\n"));
        assert_eq!(git_source(&fake, &[]), expect, "{url} with {subdir} as a step");
    }
}

/// A branch that was named in full got the prefix twice, and escapes were kept.
#[test]
fn the_query_of_an_address_is_read_as_buildkit_reads_it() {
    for (query, expect) in [
        ("branch=refs/heads/main", "git://example.com/a.git#refs/heads/main"),
        ("branch=a%2Fb", "git://example.com/a.git#refs/heads/a/b"),
        ("tag=refs/tags/v1", "git://example.com/a.git#refs/tags/v1"),
        ("submodules=True", "git://example.com/a.git"),
    ] {
        let fake = daemon("stages: {app: {from: scratch, steps: [{copy: a /, from: src}]}}\n");
        let address = format!("https://example.com/a.git?{query}");
        assert_eq!(git_source(&fake, &[("context:src", &address)]), expect, "{query}");
    }
}
