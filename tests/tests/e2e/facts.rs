//! Facts: values that a build finds in the image and puts into labels, annotations and tags.

use serde_json::{Value, json};
use varve_tests::{Build, Engine, Registry};

const FAMILY: &str = r#"# syntax=varve/frontend:dev
stages:
  base:
    from: varve.test/debian:12
    facts:
      debian: {file: /etc/debian_version, regex: '^\d+'}
      system: {file: /etc/os-release, regex: 'VERSION_CODENAME=(\w+)'}
    image: {labels: {base: "Debian ${{ facts.debian }}"}}
  app:
    from: base
    user: nobody
    facts:
      me: {run: id -un}
      data: {run: "printf '{\"a\": {\"b\": 3.10}}'", key: a.b}
    steps:
      - {user: root}
      - {file: /etc/os-release, content: "VERSION_CODENAME=other\n"}
      - {user: nobody}
    image:
      labels: {all: "${{ facts.system | upper }} ${{ facts.debian }}", me: "${{ facts.me }}"}
      annotations: {data: "${{ facts.data }}"}
targets:
  app: {tags: ["acme/app:1", "acme/app:${{ facts.system }}-${{ facts.data | major }}", "acme/app:${{ facts.data }}", "acme/app:${{ facts[\"data\"] | major }}", "acme/app:${{ facts.gone | default(\"none\") }}"]}
"#;

/// The metadata that the client writes into a file.
fn metadata(build: Build, engine: &Engine) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metadata.json");
    build.flag(&format!("--metadata-file={}", file.display())).run(engine).unwrap().success().unwrap();
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn the_image_contains_what_its_files_and_programs_tell() {
    let engine = Engine::get().unwrap();
    let build = Build::yaml(FAMILY);
    let image = build.image(engine).unwrap();
    let labels = image.labels();
    // The facts of a stage are those of its own files, also the inherited ones.
    assert_eq!((labels["base"], labels["all"], labels["me"]), ("Debian 12", "OTHER 12", "nobody"));
    // Nothing of the search is in the image.
    assert!(image.tree.iter().all(|(path, _)| !path.starts_with("/dev/varve")), "{:?}", image.tree);
    let found = &metadata(build, engine)["frontend.varve.facts"];
    let facts = json!({"debian": "12", "system": "other", "me": "nobody", "data": "3.10"});
    assert_eq!(found["facts"]["linux/amd64"], facts);
    assert_eq!(
        found["tags"],
        json!(["acme/app:1", "acme/app:3", "acme/app:3.10", "acme/app:none", "acme/app:other-3"])
    );
}

#[test]
fn a_new_value_changes_the_configuration_alone() {
    let engine = Engine::get().unwrap();
    let text = |content: &str| {
        format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    facts: {{v: {{file: /VERSION}}}}\n    steps: [{{copy: ., to: /}}]\n    image: {{labels: {{v: \"${{{{ facts.v }}}}\", of: {content}}}}}\n"
        )
    };
    let label = |version: &str| {
        let image = Build::yaml(&text("x")).with("VERSION", version).image(engine).unwrap();
        image.labels()["v"].to_owned()
    };
    assert_eq!((label(" 1.2\n").as_str(), label("1.3").as_str()), ("1.2", "1.3"));
}

#[test]
fn a_fact_that_is_not_there_is_an_error_at_its_place() {
    let engine = Engine::get().unwrap();
    let fails = |fact: &str, expect: &str| {
        let text = format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: varve.test/debian:12\n    facts:\n      v: {fact}\n    image: {{labels: {{v: \"${{{{ facts.v }}}}\"}}}}\n"
        );
        let words = Build::yaml(&text).run(engine).unwrap().failure().unwrap();
        assert!(words.contains(expect) && words.contains("image.yaml:6"), "{words}");
    };
    fails("{file: /gone}", "the image has no file `/gone`, from which it has the fact `v`");
    fails(
        "{file: /etc/os-release, regex: 'NOTHING=(.*)'}",
        "no text in `/etc/os-release` matches `NOTHING=(.*)`",
    );
    fails("{run: 'true'}", "the value in `stdout` is empty");
    fails(
        "{run: echo, shell: [/usr/bin/python3, -c]}",
        "varve cannot read what the script of the fact `v` prints",
    );
    fails("{run: exit 3}", "exit code: 3");
}

#[test]
fn the_images_of_several_platforms_agree_on_a_tag() {
    let engine = Engine::get().unwrap();
    let text = |tag: &str| {
        format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    facts: {{arch: {{file: /arch}}}}\n    steps: [{{file: /arch, content: \"${{{{ platform.arch }}}}\"}}]\n    image: {{labels: {{arch: \"${{{{ facts.arch }}}}\"}}}}\ntargets: {{app: {{tags: \"{tag}\"}}}}\n"
        )
    };
    let registry = Registry::start(engine).unwrap();
    let build = |tag: &str| {
        let name = format!("{}/facts:1", registry.address);
        Build::yaml(&text(tag))
            .platform("linux/amd64,linux/arm64")
            .flag(&format!("--output=type=image,name={name},push=true"))
    };
    let words = build("acme/app:${{ facts.arch }}").run(engine).unwrap().failure().unwrap();
    let expect = "the platforms do not agree on a tag with facts: `acme/app:{facts.arch}` is `acme/app:amd64` on linux/amd64 and `acme/app:arm64` on linux/arm64";
    assert!(words.contains(expect), "{words}");
    let found = metadata(build("acme/app:${{ platform.arch }}-${{ facts.arch }}"), engine);
    let found = &found["frontend.varve.facts"];
    assert_eq!(found["tags"], json!(["acme/app:amd64-amd64", "acme/app:arm64-arm64"]));
    assert_eq!(found["facts"], json!({"linux/amd64": {"arch": "amd64"}, "linux/arm64": {"arch": "arm64"}}));
}
