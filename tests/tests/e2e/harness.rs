//! Tests of the harness itself, on the engine, with Dockerfiles whose outcome is known.

use varve_tests::engine::bases;
use varve_tests::{Build, Engine, Kind, compare};

/// A context with every kind of file.
fn context(dockerfile: &str) -> Build {
    Build::dockerfile(dockerfile)
        .with("a/one.txt", "1")
        .with_script("a/tool", "#!/bin/sh\n")
        .with_link("a/link", "one.txt")
}

#[test]
fn a_build_shows_its_files_and_configuration() {
    let engine = Engine::get().unwrap();
    let text = "FROM scratch\nCOPY --chown=7:8 a /a\nENV X=y\nLABEL l=m\n";
    let image = context(text).image(engine).unwrap();
    let seen: Vec<String> = image.tree.iter().map(|(path, node)| format!("{path}: {node}")).collect();
    assert_eq!(
        seen,
        [
            "/a: folder 0755 7:8",
            "/a/link: link to one.txt 7:8",
            "/a/one.txt: file of 1 bytes 6b86b273ff34 0644 7:8",
            "/a/tool: file of 10 bytes a8076d3d28d2 0755 7:8",
        ]
    );
    assert_eq!(image.env().last(), Some(&"X=y"));
    assert_eq!(image.labels().get("l"), Some(&"m"));
    assert!(image.attestations.is_empty());
}

#[test]
fn the_same_build_is_the_same_image_and_another_is_not() {
    let engine = Engine::get().unwrap();
    let first = context("FROM scratch\nCOPY a/one.txt /x\n").image(engine).unwrap();
    let again = context("FROM scratch\nCOPY a/one.txt /x\n").image(engine).unwrap();
    assert_eq!(compare(&first, &again), [""; 0]);
    let other = context("FROM scratch\nCOPY --chmod=600 a/one.txt /x\nUSER u\n").image(engine).unwrap();
    assert_eq!(
        compare(&first, &other),
        ["config.User: only in the second: \"u\"", "/x: mode: 0644 -> 0600",]
    );
}

#[test]
fn a_file_of_the_same_size_is_sent_anew() {
    let engine = Engine::get().unwrap();
    let build = |text: &str| {
        let image = Build::dockerfile("FROM scratch\nCOPY a /\n").with("a", text).image(engine).unwrap();
        image.tree.get("/a").unwrap().to_string()
    };
    assert_ne!(build("1"), build("2"));
}

#[test]
fn vertices_tell_what_was_cached_and_what_failed() {
    let engine = Engine::get().unwrap();
    // A unique step, which no earlier run can have left in the cache.
    let unique = tempfile::tempdir().unwrap();
    let stamp = unique.path().file_name().unwrap().to_str().unwrap();
    let text = format!("FROM {}\nRUN echo {stamp}\n", bases::debian(12));
    let first = Build::dockerfile(&text).run(engine).unwrap().success().unwrap();
    assert_eq!(first.worked(), [format!("[2/2] RUN echo {stamp}")]);
    assert!(first.logs.contains(stamp), "{}", first.logs);
    let again = Build::dockerfile(&text).run(engine).unwrap().success().unwrap();
    assert_eq!(again.worked(), [""; 0]);

    let failed = Build::dockerfile(&format!("{text}RUN exit 3\n")).run(engine).unwrap();
    let error = failed.named("RUN exit 3")[0].error.clone().unwrap();
    assert!(error.contains("exit code: 3"), "{error}");
    let words = failed.failure().unwrap();
    assert!(words.contains(">>> RUN exit 3"), "{words}");
}

#[test]
fn deletions_links_and_attributes_survive_the_layers() {
    let engine = Engine::get().unwrap();
    let text = format!(
        "FROM {}\nRUN rm -r /etc/apt && mkdir /n && echo x > /n/a && ln /n/a /n/b && chmod u+s /n/a\n",
        bases::debian(12)
    );
    let image = Build::dockerfile(&text).image(engine).unwrap();
    assert_eq!(image.layers.len(), 2);
    assert_eq!(image.layers[1].removals(), ["/etc/apt"]);
    assert_eq!(image.tree.get("/etc/apt/sources.list"), None);
    assert_eq!(image.tree.get("/n/a"), image.tree.get("/n/b"));
    assert_eq!(image.tree.get("/n/a").unwrap().mode, 0o4644);
    assert_eq!(image.tree.get("/bin").unwrap().kind, Kind::Link("usr/bin".into()));
}

#[test]
fn containers_run_and_secrets_and_answers_arrive() {
    let engine = Engine::get().unwrap();
    let text = format!(
        "FROM {} AS base\nRUN --mount=type=secret,id=s cp /run/secrets/s /s\nCMD [\"sh\", \"-c\", \"cat /s; exit 4\"]\n",
        bases::debian(13)
    );
    let build = Build::dockerfile(&text).secret("s", "told");
    let loaded = build.load(engine).unwrap();
    let ran = loaded.run(&[]).unwrap();
    assert_eq!((ran.code, ran.stdout.as_str()), (4, "told"));
    assert_eq!(loaded.run(&["echo", "hi"]).unwrap().success().unwrap(), "hi\n");
    let tag = loaded.tag.clone();
    drop(loaded);
    assert_eq!(engine.image_id(&tag), None);
    let targets = build.call(engine, "targets").unwrap().success().unwrap();
    assert!(targets.stdout.contains("base"), "{}", targets.stdout);
}

#[test]
fn several_platforms_and_attestations() {
    let engine = Engine::get().unwrap();
    let build =
        context("FROM scratch\nCOPY a /\n").platform("linux/amd64,linux/arm64").flag("--provenance=true");
    let images = build.images(engine).unwrap();
    let platforms: Vec<&str> = images.iter().map(|image| image.platform.as_str()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    assert!(images.iter().all(|image| image.attestations.len() == 1));
}

#[test]
fn steps_reach_the_package_indexes() {
    let engine = Engine::get().unwrap();
    let text = format!(
        "FROM {}\nRUN apt-get update && apt-get install -y --no-install-recommends hello && hello\n\
         RUN python3 -m venv /v && /v/bin/pip install six && /v/bin/python -c 'import six'\n",
        bases::python(12)
    );
    Build::dockerfile(&text).run(engine).unwrap().success().unwrap();
}
