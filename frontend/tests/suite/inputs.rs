//! Where varve finds the build file and the context when the client sends graphs or names other sources.

use buildkit_gateway::{Call, FakeBridge, Outcome, Solve, SolveInput, Status};
use buildkit_llb::{Argv, Exec, Graph, ImageSource, Limits, Metadata, Platform, dump};

use crate::played;

const BUILD_FILE: &str = "stages: {app: {from: scratch, steps: [{copy: a.txt, to: /}]}}\n";

/// The graph, as text, of a build with these options.
fn build(fake: &FakeBridge, opts: &[(&str, &str)]) -> Result<String, Status> {
    let outcome: Outcome = played::build(fake, &played::session(opts))?;
    drop(outcome);
    Ok(fake.definitions().last().map(dump).unwrap())
}

/// A graph with one image source.
fn input(reference: &str) -> Vec<u8> {
    let mut graph = Graph::new();
    let vertex = graph.add(ImageSource::new(reference.parse().unwrap(), Platform::new("linux", "amd64")));
    graph.encode(graph.root(vertex), &[])
}

#[test]
fn a_graph_in_the_place_of_the_context_leaves_the_build_file_where_it_is() {
    let fake = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", BUILD_FILE)
        .with_input("context", input("docker.io/library/files:1"));
    let shown = build(&fake, &[]).unwrap();
    assert!(
        shown.contains("docker-image://docker.io/library/files:1") && !shown.contains("local://"),
        "{shown}"
    );
}

#[test]
fn a_graph_in_the_place_of_the_build_file() {
    let fake = FakeBridge::new()
        .with_file("local://dockerfile", "image.yaml", "not this one")
        .with_file("docker-image://docker.io/library/files:1", "image.yaml", BUILD_FILE)
        .with_input("dockerfile", input("docker.io/library/files:1"));
    let shown = build(&fake, &[]).unwrap();
    assert!(shown.contains("local://context"), "{shown}");
    // A named source takes precedence.
    let fake = FakeBridge::new()
        .with_file("local://other", "image.yaml", BUILD_FILE)
        .with_input("dockerfile", input("docker.io/library/files:1"));
    assert!(build(&fake, &[("dockerfilekey", "other")]).is_ok());
}

#[test]
fn steps_of_another_target_keep_its_limits() {
    let mut graph = Graph::new();
    let platform = Platform::new("linux", "amd64");
    let image = graph.add(ImageSource::new("files:1".parse().unwrap(), platform.clone()));
    let step = graph.add(Exec::new(platform, graph.root(image), Argv::new("make", [""; 0])));
    let limits = Limits { memory: 7, ..Limits::default() };
    graph.describe(step, Metadata { limits: Some(limits), ..Metadata::named("of another target") });
    let input = graph.encode(graph.root(step), &[]);
    let file = "stages: {app: {from: other, steps: [{exec: [/own]}]}}\n";
    let made = |opts: &[(&str, &str)]| {
        let fake = FakeBridge::new()
            .with_file("local://dockerfile", "image.yaml", file)
            .with_input("other", input.clone());
        let opts = [&[("context:other", "input:other")], opts].concat();
        played::build(&fake, &played::session(&opts)).unwrap();
        let last = fake.calls().into_iter().rev().find_map(|call| match call {
            Call::Solve(Solve { input: SolveInput::Definition(definition), .. }) => Some(definition),
            _ => None,
        });
        let graph = buildkit_llb::json(&last.unwrap());
        let known = graph["metadata"].as_object().unwrap().values();
        let limits = known.filter_map(|known| {
            let name = known["description"]["llb.customname"].as_str()?;
            Some((name.to_owned(), known["linux_resources"]["memory"].as_i64()?))
        });
        let mut limits: Vec<_> = limits.collect();
        limits.sort();
        limits
    };
    let other = ("of another target".to_owned(), 7);
    assert_eq!(made(&[]), std::slice::from_ref(&other));
    assert_eq!(made(&[("memory", "1000")]), [("[app 2/2] exec /own".to_owned(), 1000), other]);
}

#[test]
fn a_part_of_a_repository_is_the_context_and_all_of_it_has_the_build_file() {
    let repository = "git://example.com/a.git";
    let fake = FakeBridge::new().with_file(repository, "image.yaml", BUILD_FILE);
    let opts = [("context", "https://example.com/a.git"), ("contextsubdir", "part")];
    let shown = build(&fake, &opts).unwrap();
    assert!(shown.contains("copy 1 /part / contents create-dest"), "{shown}");
    let first = fake.definitions().first().map(dump).unwrap();
    assert!(!first.contains("/part"), "{first}");
}

#[test]
fn ignore_files_of_named_contexts_are_not_those_of_the_main_one() {
    let file = "stages: {app: {from: scratch, steps: [{copy: a, to: /}, {copy: b, to: /, from: files}]}}\n";
    let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", file).with_file(
        "local://files",
        ".dockerignore",
        "c",
    );
    // As buildx sends it: the folder is named after the context.
    build(&fake, &[("context:files", "local:files")]).unwrap();
    let definitions = fake.definitions();
    let shown: Vec<String> =
        definitions.iter().map(dump).filter(|text| text.contains("load .dockerignore")).collect();
    let found = |name: &str, key: &str| shown.iter().any(|text| text.contains(name) && text.contains(key));
    assert!(found("[internal] load .dockerignore", " context-.dockerignore"), "{shown:#?}");
    assert!(found("[context files] load .dockerignore", " context:files-.dockerignore"), "{shown:#?}");
}

#[test]
fn a_pattern_of_an_ignore_file_that_is_not_valid_is_an_error_at_its_place() {
    let file = "stages: {app: {from: scratch, steps: [{copy: a, to: /}, {copy: b, to: /, from: files}]}}\n";
    let check = |local: &str, path: &str, name: &str| {
        let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", file);
        let fake = fake.with_file(local, path, "# [\ntarget\n a[b\n!\n");
        let error = build(&fake, &[("context:files", "local:files")]).unwrap_err();
        let expect = format!(
            "2 errors in {name}:\n{name}:3:2: the pattern `a[b` is not valid: a `[` has no `]`: close it, as in `[ab]`, or write `\\[` for \
             the character `[` [bad-pattern]\n{name}:4:1: the pattern `!` is not valid: the `!` has no pattern behind it: write the paths \
             to keep behind it, such as `!docs` [bad-pattern]"
        );
        assert_eq!(error.message, expect);
        assert_eq!(error.sources().len(), 2, "an excerpt for each");
    };
    check("local://context", ".dockerignore", ".dockerignore");
    check("local://dockerfile", "image.yaml.dockerignore", "image.yaml.dockerignore");
    check("local://files", ".dockerignore", ".dockerignore of the context files");
}

#[test]
fn shared_memory_of_a_step_counts_more_than_that_of_the_command_line() {
    let check = |step: &str, expect: &str| {
        let text = format!("stages: {{app: {{from: \"debian:12\", steps: [{step}]}}}}\n");
        let image = "docker.io/library/debian:12";
        let fake = FakeBridge::new().with_file("local://dockerfile", "image.yaml", text);
        let fake = fake.with_image_for_all(image, None, "{}");
        let shown = build(&fake, &[("shm-size", "1024")]).unwrap();
        assert_eq!(shown.matches("/dev/shm").count(), 1, "{shown}");
        assert!(shown.contains(expect), "{shown}");
    };
    check("{run: make}", "1024");
    check("{run: make, mounts: [{tmpfs: /dev/shm/, size: 1m}]}", "1048576");
}
