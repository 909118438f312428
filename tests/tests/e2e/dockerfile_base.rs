//! Stages of existing Dockerfiles as base images, on a real engine.

use varve_tests::engine::bases;
use varve_tests::{Build, Engine, compare};

/// The first step reads the context, so no other build shares a step: a step that two builds run at the same time is not reported as
/// cached.
fn dockerfile() -> String {
    format!(
        "FROM {} AS base\n\
         COPY a.txt /a.txt\n\
         ARG VERSION\n\
         ENV VERSION=${{VERSION}}\n\
         LABEL made=by-a-dockerfile\n\
         WORKDIR /srv\n\
         RUN echo \"made $VERSION\" > /made\n\
         USER nobody\n\
         FROM base AS broken\n\
         RUN exit 3\n",
        bases::debian(12)
    )
}

const FILE: &str = r#"# syntax=varve/frontend:dev
args: {version: "1", word: ours}
stages:
  old:
    from: {dockerfile: docker/Dockerfile, target: base, args: {VERSION: "v${{ version }}"}}
  app:
    from: old
    steps:
      - run: test "$PWD" = /srv && echo ${{ word | quote }} > /tmp/word
    image: {labels: {ours: "1"}}
  rest:
    from: {dockerfile: docker/Dockerfile}
  nowhere:
    from: {dockerfile: docker/Dockerfile, target: nowhere}
  nothing:
    from: {dockerfile: docker/None}
"#;

/// The names of the steps that ran. Without base images: while several builds use one, its vertex has the name from any of them.
fn worked(build: &Build, engine: &Engine) -> Vec<String> {
    let outcome = build.run(engine).unwrap().success().unwrap();
    let steps = outcome.worked().into_iter().filter(|name| !name.contains("] from "));
    steps.map(str::to_owned).collect()
}

fn build(target: &str) -> Build {
    Build::yaml(FILE)
        .with("docker/Dockerfile", dockerfile())
        .with("a.txt", "content")
        .with("unread.txt", "x")
        .target(target)
}

#[test]
fn files_configuration_and_cache_are_those_of_the_dockerfile() {
    let engine = Engine::get().unwrap();
    let image = build("app").image(engine).unwrap();
    assert_eq!(image.config["config"]["User"], "nobody");
    assert_eq!(image.config["config"]["WorkingDir"], "/srv");
    assert!(image.env().contains(&"VERSION=v1"), "{:?}", image.env());
    let labels = image.labels();
    assert_eq!((labels.get("made"), labels.get("ours")), (Some(&"by-a-dockerfile"), Some(&"1")));
    for path in ["/a.txt", "/made", "/tmp/word"] {
        assert!(image.tree.get(path).is_some(), "{path}");
    }

    // The stage alone equals the image that Docker builds from it.
    let ours = build("old").image(engine).unwrap();
    let theirs = Build::dockerfile(&dockerfile())
        .with("a.txt", "content")
        .arg("VERSION", "v1")
        .target("base")
        .image(engine)
        .unwrap();
    assert_eq!(compare(&ours, &theirs), [""; 0]);

    // A unique word, which no earlier run can have left in the cache.
    let unique = tempfile::tempdir().unwrap();
    let stamp = unique.path().file_name().unwrap().to_str().unwrap();

    // Nothing runs again. A change in the stage of the image.yaml does not affect that of the Dockerfile.
    assert_eq!(worked(&build("app"), engine), [""; 0]);
    let changed = worked(&build("app").arg("word", stamp), engine);
    assert_eq!(changed, [format!("[app 2/2] run test \"$PWD\" = /srv && echo {stamp} > /tmp/word")]);
    // A change of a file that the Dockerfile does not read has no effect. A changed argument runs the steps that read it.
    assert_eq!(worked(&build("app").with("unread.txt", "y"), engine), [""; 0]);
    let names = worked(&build("app").arg("version", stamp), engine);
    assert!(names.iter().any(|name| name.contains("RUN echo \"made v") && name.contains(stamp)), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("COPY")), "{names:?}");
}

#[test]
fn failures_are_reported_where_they_are() {
    let engine = Engine::get().unwrap();
    let check = |target: &str, expect: &[&str]| {
        let words = build(target).run(engine).unwrap().failure().unwrap();
        for part in expect {
            assert!(words.contains(part), "{part} is not in {words}");
        }
    };
    check("rest", &["docker/Dockerfile:10", ">>> RUN exit 3", "exit code: 3"]);
    check("nowhere", &["image.yaml:14", "target stage \"nowhere\" could not be found"]);
    check("nothing", &["image.yaml:16", "open docker/None: no such file or directory"]);
}

#[test]
fn a_named_context_replaces_an_image_of_the_dockerfile_too() {
    let engine = Engine::get().unwrap();
    let other = format!("docker-image://{}", bases::debian(13));
    let image = build("app").context(&bases::debian(12), &other).image(engine).unwrap();
    let release = image.tree.get("/etc/debian_version").unwrap().to_string();
    let plain = build("app").image(engine).unwrap();
    assert_ne!(release, plain.tree.get("/etc/debian_version").unwrap().to_string());
}
