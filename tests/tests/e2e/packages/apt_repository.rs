//! `repository` for apt: a signed repository of a third party.

use varve_tests::digest::sha256;
use varve_tests::{Build, Engine, Site};

use super::bases::{self, failure};

/// Creates a stage that installs from the repository in the image and trusts this key.
fn stage(base: &str, key: &str) -> Build {
    let key = key.replace('\n', "\n          ");
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev
stages:
  before:
    from: {base}
    steps: [{{packages: [hello]}}]
  app:
    from: before
    steps:
      - repository: acme
        apt: {{uri: \"file:/srv/repository\", suites: stable, components: main}}
        key: {key}
      - packages: [{{name: acme-tool, version: 1.0}}]
"
    ))
}

#[test]
fn a_key_as_text_and_a_version() {
    let engine = Engine::get().unwrap();
    let base = bases::apt(engine).unwrap();
    let key = bases::read(engine, base, "/srv/key.asc").unwrap();
    let build = stage(base, &format!("|\n{key}"));
    let loaded = build.load(engine).unwrap();
    let read = |path: &str| loaded.run(&["cat", path]).unwrap().success().unwrap();
    assert_eq!(read("/usr/share/test/acme-tool"), "acme-tool-1.0\n");
    assert_eq!(
        read("/etc/apt/sources.list.d/acme.sources"),
        "Types: deb\nURIs: file:/srv/repository\nSuites: stable\nComponents: main\nSigned-By: /etc/apt/keyrings/acme.asc\n"
    );
    assert_eq!(read("/etc/apt/keyrings/acme.asc"), key);
}

#[test]
fn a_key_from_a_url_is_verified() {
    let engine = Engine::get().unwrap();
    let base = bases::apt(engine).unwrap();
    let key = bases::read(engine, base, "/srv/key.asc").unwrap();
    let site = Site::new().unwrap();
    std::fs::write(site.path().join("key.asc"), &key).unwrap();
    let address = &site.address;
    let written = |digest: &str| format!("{{url: \"{address}/key.asc\", sha256: {digest}}}");
    let image = stage(base, &written(&sha256(key.as_bytes()))).image(engine).unwrap();
    assert!(image.tree.get("/usr/share/test/acme-tool").is_some());
    assert_eq!(image.tree.get("/etc/apt/keyrings/acme.asc").map(|node| node.mode), Some(0o644));
    let failure = failure(engine, &stage(base, &written(&"0".repeat(64)))).unwrap();
    assert!(failure.contains("digest mismatch"), "{failure}");
}

#[test]
fn another_key_is_refused() {
    let engine = Engine::get().unwrap();
    let base = bases::apt(engine).unwrap();
    let key = bases::read(engine, base, "/srv/other-key.asc").unwrap();
    let failure = failure(engine, &stage(base, &format!("|\n{key}"))).unwrap();
    assert!(failure.contains("NO_PUBKEY"), "{failure}");
}

#[test]
fn a_path_in_the_image_is_a_key_too() {
    let engine = Engine::get().unwrap();
    let base = bases::apt(engine).unwrap();
    let image = stage(base, "/srv/key.gpg").image(engine).unwrap();
    assert!(image.tree.get("/usr/share/test/acme-tool").is_some());
}

#[test]
fn an_upgrade_is_of_all_or_of_those_that_are_there() {
    let engine = Engine::get().unwrap();
    let base = bases::apt(engine).unwrap();
    for (upgrade, expect) in [
        ("[acme-tool, never-there]", "acme-tool-2.0"),
        ("true", "acme-tool-2.0"),
        ("[bash]", "acme-tool-1.0"),
    ] {
        let build = Build::yaml(&format!(
            "# syntax=varve/frontend:dev
stages:
  app:
    from: {base}
    steps:
      - repository: acme
        apt: {{uri: \"file:/srv/repository\", suites: stable, components: main}}
        key: /srv/key.gpg
      - packages: [{{name: acme-tool, version: 1.0}}]
      - run: apt-mark auto acme-tool
      - packages: []
        upgrade: {upgrade}
    checks:
      - {{file: /usr/share/test/acme-tool, contains: {expect}}}
      - {{run: apt-mark showauto | grep -x acme-tool, because: an upgrade keeps its mark}}
"
        ));
        build.run(engine).unwrap().success().unwrap();
    }
}

#[test]
fn options_are_for_the_commands_that_install() {
    let engine = Engine::get().unwrap();
    let steps = "steps: [{packages: [hello], options: {apt: [--simulate], dnf: [--never-there]}}]";
    let text = format!(
        "# syntax=varve/frontend:dev\nstages: {{app: {{from: \"varve.test/debian:12\", {steps}}}}}\n"
    );
    let simulated = Build::yaml(&text).run(engine).unwrap().success().unwrap();
    assert!(simulated.logs.contains("Inst hello"), "{}", simulated.logs);
    let image = Build::yaml(&text).image(engine).unwrap();
    assert!(image.tree.get("/usr/bin/hello").is_none());
}
