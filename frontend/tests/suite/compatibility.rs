//! The same build on fake daemons with the capabilities of each BuildKit release, from the oldest to the newest.

use buildkit_gateway::{Capabilities, FakeBridge, Outcome, Refs, Status};
use buildkit_llb::{Definition, dump};

use crate::played;

const IMAGE: &str = "docker.io/library/debian:12";

/// A build that every release supports. Where a release lacks an operation, varve uses others for the same result.
const PLAIN: &str = r#"
stages:
  tools: {from: "debian:12", steps: [{run: make, mounts: [{cache: /ccache}, {secret: a}, {ssh: default}]}]}
  app:
    from: "debian:12"
    workdir: /srv
    steps:
      - {copy: a.txt, to: /, owner: "1:1", mode: "0600", exclude: ["*.md"]}
      - {copy: /made, from: tools, to: /, link: true}
      - {file: /etc/motd, content: hello}
      - layers: {one: [{run: one}], two: [{run: two}]}
    image: {annotations: {a: b}}
"#;

fn build(
    text: &str,
    capabilities: Capabilities,
    opts: &[(&str, &str)],
) -> (Result<Outcome, Status>, Vec<Definition>) {
    let fake = FakeBridge::new()
        .with_capabilities(capabilities)
        .with_file("local://dockerfile", "image.yaml", text)
        .with_file("local://context", "a.txt", "a")
        .with_image_for_all(IMAGE, None, "{}");
    let outcome = played::build(&fake, &played::session(opts));
    (outcome, fake.definitions())
}

#[test]
fn a_plain_family_is_built_by_docker_20_10_and_all_later() {
    let newest = (build(PLAIN, Capabilities::newest(), &[]).1, true);
    assert!(newest.0.last().map(dump).unwrap().contains("merge"));
    for minor in [8, 9, 10, 11, 12, 13, 18, 20, 25, 29, 32] {
        // Docker 20.10 and 23 have no merge operation. Later releases have it with one of their two image stores.
        for (capabilities, merges) in [
            (Capabilities::of_buildkit(minor), minor >= 10),
            (Capabilities::of_buildkit(minor).on_docker_store(), false),
        ] {
            // BuildKit 0.9 introduced patterns for copies.
            let text = if minor < 9 { PLAIN.replace(", exclude: [\"*.md\"]", "") } else { PLAIN.to_owned() };
            let (outcome, definitions) = build(&text, capabilities, &[("build-arg:SOURCE_DATE_EPOCH", "1")]);
            let outcome = outcome.unwrap_or_else(|error| panic!("0.{minor}: {}", error.message));
            assert!(matches!(outcome.refs, Refs::Single(Some(_))), "0.{minor}");
            let shown = definitions.last().map(dump).unwrap();
            assert_eq!(shown.contains("needs mergeop"), merges, "0.{minor}: {shown}");
        }
    }
}

#[test]
fn what_a_release_lacks_is_said_at_the_step_that_needs_it() {
    let check = |step: &str, opts: &[(&str, &str)], since: u32, expect: &str| {
        let text = format!("stages:\n  app:\n    from: \"debian:12\"\n    steps:\n      - {step}\n");
        let (outcome, _) = build(&text, Capabilities::of_buildkit(since - 1), opts);
        let status = outcome.expect_err(expect);
        // A link is made in an operation of its own, and then copied.
        let of = if step.contains("symlink") { "[internal] prepare /a" } else { "[app 2/2] " };
        let needs = format!(": this step requires BuildKit 0.{since} or later ({expect})");
        assert!(status.message.starts_with(of) && status.message.ends_with(&needs), "{}", status.message);
        let lines: Vec<i32> =
            status.sources().iter().flat_map(|place| &place.ranges).map(|range| range.start.line).collect();
        assert_eq!(lines, [5], "{expect}");
        let (outcome, _) = build(&text, Capabilities::of_buildkit(since), opts);
        assert!(outcome.is_ok(), "{expect}: {outcome:?}");
    };
    let run = "{run: make}";
    check("{run: make, mounts: [{secret: a, env: A}]}", &[], 10, "exec.secretenv");
    check("{run: make, mounts: [{tmpfs: /t, size: 1m}]}", &[], 10, "exec.mount.tmpfs.size");
    check("{run: make, devices: [a.b/c=d]}", &[], 20, "exec.meta.cdi");
    check("{copy: a.txt, to: /, exclude: [b]}", &[], 9, "file.copy.includeexcludepatterns");
    // No release lists a capability for this. The test uses one that was introduced by the same release.
    check("{copy: a.txt, to: /, mode: u+x}", &[], 17, "exec.validexitcode");
    check("{symlink: /a, to: b}", &[], 19, "file.symlink.create");
    check(run, &[("ulimit", "nofile=1")], 10, "exec.meta.ulimit");
    check(run, &[("shm-size", "1024")], 10, "exec.mount.tmpfs.size");
    check(run, &[("cgroup-parent", "c")], 10, "exec.meta.cgroup.parent");
}

/// The releases of BuildKit whose capabilities are known, from the oldest that is supported.
const RELEASES: std::ops::RangeInclusive<u32> = 8..=32;

/// The first release that builds a file. `None` if none does.
fn since(text: &str) -> Option<u32> {
    let mut releases = RELEASES;
    releases.find(|minor| {
        build(text, Capabilities::of_buildkit(*minor), &[("source", "varve/frontend:dev")]).0.is_ok()
    })
}

/// The rows of the table of steps in `docs/compatibility.md`: the step, and the release beside it.
fn table_of_steps() -> Vec<(String, u32)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with("Steps\n")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (step, rest) = row.split_once("` | 0.").unwrap();
        (step.to_owned(), rest.split(' ').next().unwrap().parse().unwrap())
    })
    .collect()
}

#[test]
fn every_step_of_the_table_needs_the_release_beside_it() {
    let rows = table_of_steps();
    assert!(rows.len() >= 15, "{rows:?}");
    let found: Vec<(String, Option<u32>)> = rows
        .iter()
        .map(|(step, _)| {
            let stage = format!("{{from: \"debian:12\", package-manager: apt, steps: [{step}]}}");
            (step.clone(), since(&format!("# syntax=varve/frontend:dev\nstages: {{app: {stage}}}\n")))
        })
        .collect();
    let expect: Vec<(String, Option<u32>)> =
        rows.into_iter().map(|(step, since)| (step, Some(since))).collect();
    assert_eq!(found, expect);
}

/// No example of the language needs a release that the table does not have.
#[test]
fn the_table_of_steps_has_every_release_that_an_example_needs() {
    let known: std::collections::BTreeSet<u32> =
        table_of_steps().into_iter().map(|(_, since)| since).collect();
    let mut places = std::collections::BTreeMap::new();
    for sample in varve_spec::samples("debian:12") {
        let (text, _) = sample.literal(&sample.written);
        places.entry(text).or_insert(sample.place);
    }
    let mut built = 0;
    for (text, place) in places {
        let Some(since) = since(&format!("# syntax=varve/frontend:dev\n{text}")) else { continue };
        built += 1;
        assert!(
            known.contains(&since),
            "{place} needs 0.{since}, and the table does not name this release:\n{text}"
        );
    }
    assert!(built >= 40, "{built}");
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    let text = "stages:\n  app:\n    from: \"debian:12\"\n    steps:\n      - {symlink: /a, to: b}\n      - {run: make, devices: [a.b/c=d]}\n";
    let status = build(text, Capabilities::docker_23(), &[]).0.unwrap_err();
    assert!(
        status.message.starts_with("this builder does not support 2 operations of the build:\n"),
        "{}",
        status.message
    );
    assert_eq!(status.sources().len(), 2);
    // The error was found without a solve.
    assert!(
        !build(text, Capabilities::docker_23(), &[])
            .1
            .iter()
            .any(|definition| dump(definition).contains("make"))
    );
}

#[test]
fn a_daemon_before_all_is_refused() {
    let status = build(PLAIN, Capabilities::of_buildkit(4), &[]).0.unwrap_err();
    let expect = "this builder lacks \"proto.refarray\", which requires BuildKit 0.7 or later";
    assert_eq!(status.message, expect);
}
