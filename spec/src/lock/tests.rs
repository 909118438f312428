use std::collections::BTreeMap;

use super::*;
use crate::base::source::Sources;
use crate::family::Family;
use crate::matrix::MatrixQuery;
use crate::plan::Origin;
use crate::variant::select::Selection;

const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

const FAMILY: &str = r#"
axes:
  os: {debian: {image: "debian:12"}, rocky: {image: "rockylinux:9"}}
args:
  tool: {default: "1.2"}
  private: {required: true}
stages:
  fetched:
    from: scratch
    steps:
      - {download: "https://example.com/tool-${{ tool }}.tar.gz", to: /}
      - {download: "https://example.com/pinned", sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", to: /}
      - {git: "https://example.com/tool.git", ref: v1, to: /src}
      - layers:
          one: [{git: "https://example.com/tool.git", to: /main}]
      - {git: "https://example.com/${{ private }}.git", to: /private}
  build:
    from: golang:1.22
    platform: build
    steps: [{run: make, mounts: [{bind: /tool, from: "busybox:1"}]}]
  app:
    from: ${{ os.image }}
    steps:
      - {copy: /, from: fetched, to: /}
      - {copy: /, from: build, to: /}
  unreached:
    from: "alpine:3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    steps: [{copy: /bin, from: "alpine:3", to: /}]
targets:
  app: {platforms: [linux/amd64, linux/arm64]}
"#;

fn family(text: &str) -> Family {
    let reading = Family::read(&Sources::single("image.yaml", text));
    reading.family.unwrap_or_else(|| panic!("{:?}", reading.found))
}

fn externals() -> Externals {
    family(FAMILY).externals(&MatrixQuery::new(Platform::new("linux", "amd64"))).unwrap()
}

/// A lock with a pin for each reference of the family.
fn whole() -> Lock {
    let digest = |external: &External| match external {
        External::Git { .. } => DIGEST[..40].to_owned(),
        _ => format!("sha256:{DIGEST}"),
    };
    Lock::new(
        "image.lock",
        externals().known.into_keys().map(|external| (external.clone(), digest(&external))),
    )
}

#[test]
fn everything_from_elsewhere_is_found_for_every_platform() {
    let Externals { known, dockerfiles, unknown } = externals();
    assert_eq!(dockerfiles, BTreeMap::new());
    let known: Vec<String> = known.keys().map(ToString::to_string).collect();
    let expect = [
        "the image `alpine:3` for linux/amd64",
        "the image `busybox:1` for linux/amd64",
        "the image `busybox:1` for linux/arm64",
        "the image `debian:12` for linux/amd64",
        "the image `debian:12` for linux/arm64",
        "the image `golang:1.22` for linux/amd64",
        "the image `rockylinux:9` for linux/amd64",
        "the image `rockylinux:9` for linux/arm64",
        "the default branch of `https://example.com/tool.git`",
        "`v1` of `https://example.com/tool.git`",
        "the download `https://example.com/tool-1.2.tar.gz`",
    ];
    assert_eq!(known, expect);
    assert_eq!(unknown.len(), 1);
}

#[test]
fn an_argument_that_is_given_is_no_unknown() {
    let args = BTreeMap::from([("private".to_owned(), "p".to_owned())]);
    let query = MatrixQuery { args, ..MatrixQuery::new(Platform::new("linux", "amd64")) };
    let externals = family(FAMILY).externals(&query).unwrap();
    assert_eq!(externals.unknown, []);
    let private = External::Git { url: "https://example.com/p.git".to_owned(), reference: None };
    assert!(externals.known.contains_key(&private));
}

#[test]
fn a_variant_that_cannot_be_planned_keeps_the_lock_from_being_written() {
    let broken = FAMILY.replace("from: fetched", "from: \"${{ os.missing }}\"");
    let found = Family::read(&Sources::single("image.yaml", broken)).found;
    assert!(found.iter().any(|found| found.code == Code::UnknownProperty), "{found:?}");
    let some = FAMILY.replace("{image: \"debian:12\"}", "{image: \"debian:12\", only: here}");
    let some = family(
        &some
            .replace("from: busybox:1", "from: ${{ os.only }}")
            .replace("/tool, from: \"busybox:1\"", "/tool, from: \"${{ os.only }}\""),
    );
    let found = some.externals(&MatrixQuery::new(Platform::new("linux", "amd64"))).unwrap_err();
    assert_eq!(found[0].code, Code::MissingProperty, "{found:?}");
}

#[test]
fn a_lock_is_read_as_it_was_written() {
    let text = whole().to_string();
    let expect = format!(
        "version: 1
downloads:
  \"https://example.com/tool-1.2.tar.gz\": sha256:{DIGEST}
git:
  \"https://example.com/tool.git\":
    \"HEAD\": {commit}
    \"v1\": {commit}
images:
  \"alpine:3\": sha256:{DIGEST}
  \"busybox:1\": sha256:{DIGEST}
  \"debian:12\": sha256:{DIGEST}
  \"golang:1.22\": sha256:{DIGEST}
  \"rockylinux:9\": sha256:{DIGEST}
",
        commit = &DIGEST[..40]
    );
    assert_eq!(text, expect);
    assert_eq!(Lock::read("image.lock", &text).unwrap().to_string(), expect);
}

#[test]
fn an_image_that_differs_by_platform_is_written_by_platform() {
    let [amd64, arm64] = ["amd64", "arm64"].map(|arch| Platform::new("linux", arch));
    let debian = ImageName::new("debian:12");
    let image = |platform: &Platform| External::image(&debian, platform.clone()).unwrap();
    let digests = [DIGEST, OTHER].map(|digest| format!("sha256:{digest}"));
    let lock = Lock::new("image.lock", [&amd64, &arm64].map(image).into_iter().zip(digests.clone()));
    let expect = format!(
        "version: 1\nimages:\n  \"debian:12\":\n    \"linux/amd64\": {}\n    \"linux/arm64\": {}\n",
        digests[0], digests[1]
    );
    assert_eq!(lock.to_string(), expect);
    let lock = Lock::read("image.lock", &expect).unwrap();
    assert_eq!(lock.image(&debian, &amd64), Some(digests[0].as_str()));
    assert_eq!(lock.image(&debian, &arm64), Some(digests[1].as_str()));
    assert_eq!(lock.image(&debian, &Platform::new("linux", "riscv64")), None);
}

#[test]
fn a_plan_is_tied_to_the_lock() {
    let family = family(FAMILY);
    let args = BTreeMap::from([("private".to_owned(), "p".to_owned())]);
    let selection = Selection { args, ..Selection::new(Platform::new("linux", "amd64")) };
    let mut plan = family.select(&selection).unwrap().plan().unwrap();
    let stale = whole().pin(&mut plan);
    let messages: Vec<&str> = stale.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(messages, ["image.lock has no entry for the default branch of `https://example.com/p.git`"]);
    let origins: Vec<&Origin> =
        plan.steps().flat_map(|step| step.origins()).map(|(origin, _)| origin).collect();
    let commits = origins.iter().filter_map(|origin| match origin {
        Origin::Git(git) => Some((git.reference.as_deref(), git.commit.as_deref())),
        _ => None,
    });
    let pinned = (Some(&DIGEST[..40]), Some(&DIGEST[..40]));
    assert_eq!(commits.collect::<Vec<_>>(), [pinned, pinned, (None, None)]);
    let digests = origins.iter().filter_map(|origin| match origin {
        Origin::Download(download) => Some(download.sha256.as_deref()),
        _ => None,
    });
    assert_eq!(digests.collect::<Vec<_>>(), [Some(DIGEST), Some(DIGEST)]);
}

#[test]
fn what_is_not_there_and_what_is_left_over_is_stale() {
    assert_eq!(whole().stale(&externals()), (Vec::new(), Vec::new()));
    let text = whole().to_string().replace("debian:12", "debian:11").replace("\"HEAD\"", "\"main\"");
    let (missing, left_over) = Lock::read("image.lock", &text).unwrap().stale(&externals());
    let missing: Vec<String> = missing.into_iter().map(|found| found.message).collect();
    let expect = [
        "image.lock has no entry for the image `debian:12` for linux/amd64",
        "image.lock has no entry for the image `debian:12` for linux/arm64",
        "image.lock has no entry for the default branch of `https://example.com/tool.git`",
    ];
    assert_eq!(missing, expect);
    let left_over: Vec<(u32, &str)> =
        left_over.iter().map(|found| (found.span.start, found.message.as_str())).collect();
    let at = |needle: &str| text.find(needle).unwrap() as u32;
    let expect = [
        (at("\"debian:11\""), "image.lock has an entry for the image `debian:11`, which no variant uses"),
        (
            at("\"main\""),
            "image.lock has an entry for `main` of `https://example.com/tool.git`, which no variant uses",
        ),
    ];
    assert_eq!(left_over, expect);
}

#[test]
fn an_image_may_be_that_of_a_dockerfile() {
    let text = "
stages:
  old: {from: {dockerfile: old/Dockerfile, target: \"t${{ platform.arch }}\"}}
  app: {from: old}
targets:
  app: {platforms: [linux/amd64, linux/arm64]}
";
    let externals = family(text).externals(&MatrixQuery::new(Platform::new("linux", "amd64"))).unwrap();
    let targets = externals.dockerfiles.keys().map(|(dockerfile, platform)| {
        (dockerfile.target.clone().unwrap(), platform.architecture().to_owned())
    });
    let expect =
        [("tamd64", "amd64"), ("tarm64", "arm64")].map(|(target, arch)| (target.to_owned(), arch.to_owned()));
    assert_eq!(targets.collect::<Vec<_>>(), expect);
    assert_eq!(whole().stale(&externals).1.len(), 3, "two commits and one download, but no images");
}

#[test]
fn a_lock_that_is_not_as_it_is_written_tells_all_that_is_wrong() {
    let check = |text: &str, expect: &[&str]| {
        let found = Lock::read("image.lock", text).unwrap_err();
        let sources = Sources::single("image.lock", text);
        let lines: Vec<String> = found.iter().map(|found| found.one_line(&sources)).collect();
        assert_eq!(lines, expect);
    };
    check(
        "version: 2\nimage: {}\ngit: []\n",
        &[
            "image.lock:1:10: the lock has version 2, this version of varve reads version 1 [bad-value]",
            "image.lock:2:1: unknown key `image`: did you mean `images`? [unknown-key]",
            "image.lock:3:6: found a list, expected a map [wrong-type]",
        ],
    );
    check(
        "images: {a: sha256:12, b: {linux: x}}\ndownloads: {u: }\ngit: {u: {main: 12}}\n",
        &[
            "image.lock:1:13: `sha256:12` is not a digest or commit id, expected a sha256 digest: 64 hexadecimal digits in lower case [bad-value]",
            "image.lock:1:28: `linux` is not a platform [bad-value]",
            "image.lock:2:14: found nothing, expected a string [wrong-type]",
            "image.lock:3:17: `12` is not a digest or commit id, expected a full commit id: 40 or 64 hexadecimal digits in lower case [bad-value]",
            "image.lock:1:1: `version` is missing: add `version: 1` [missing-key]",
        ],
    );
    check(
        "[]",
        &[
            "image.lock:1:1: found a list, expected a map [wrong-type]",
            "image.lock:1:1: `version` is missing: add `version: 1` [missing-key]",
        ],
    );
    let [one, other] = [DIGEST, OTHER].map(|digest| format!("sha256:{digest}"));
    let twice = |second: &str| {
        format!(
            "version: 1\nimages:\n  \"a:1\": {{linux/arm64: {one}}}\n  docker.io/library/a:1: {{linux/aarch64: {second}}}\n"
        )
    };
    check(
        &twice(&other),
        &[
            "image.lock:4:27: a second digest of the image `docker.io/library/a:1` for linux/arm64 (the first one at image.lock:3:11): leave out the one that is out of date [duplicate-key]",
        ],
    );
    assert!(Lock::read("image.lock", &twice(&one)).is_ok());
    assert_eq!(Lock::read("image.lock", "\n# being written\n").unwrap().to_string(), "version: 1\n");
}

#[test]
fn downloads_that_the_lock_pins_are_pinned() {
    let text =
        "stages:\n  app:\n    from: scratch\n    steps: [{download: \"https://example.com/a\", to: /}]\n";
    let sources = Sources::single("image.yaml", text);
    let reading = Family::read(&sources);
    let mut query = MatrixQuery::new(Platform::new("linux", "amd64"));
    let found =
        |query: &MatrixQuery| crate::check(&reading, &sources, query, &crate::Directive::default()).found;
    assert_eq!(found(&query).len(), 1);
    let download = External::Download { url: "https://example.com/a".to_owned() };
    query.lock = Lock::new("image.lock", [(download, format!("sha256:{DIGEST}"))]);
    assert_eq!(found(&query), []);
}
