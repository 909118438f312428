//! The calls of a build, in order, against a fake daemon that follows a script.

use buildkit_gateway::{Bridge, FakeBridge, Outcome, Platform, Refs, Rpc, Status};
use buildkit_llb::dump;

use crate::played;

const IMAGE: &str = "docker.io/library/debian:12";
const DIGEST: &str = "sha256:8d2f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b4d0f0b7b";
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","author":"somebody",
    "config":{"Env":["PATH=/bin","A=1"],"User":"app","WorkingDir":"/srv","Entrypoint":["/init"],"Cmd":["x"],"Labels":{"l":"1"}},
    "history":[{"created_by":"base"}]}"#;
const BUILD_FILE: &str = r#"
axes:
  device: [cpu, cuda]
args:
  token: {required: true}
stages:
  unused: {from: "nowhere:1"}
  app:
    from: "debian:12"
    env: {DEVICE: "${{ device }}"}
    steps:
      - copy: a.txt /
      - run: make ${{ device }}
"#;

fn fake(build_file: &str) -> FakeBridge {
    FakeBridge::new().with_file("local://dockerfile", "image.yaml", build_file).with_image_for_all(
        IMAGE,
        Some(DIGEST),
        CONFIG,
    )
}

fn build(fake: &FakeBridge, opts: &[(&str, &str)]) -> Result<Outcome, Status> {
    played::build(fake, &played::session(opts))
}

const GIVEN: &[(&str, &str)] = &[("build-arg:token", "t")];

fn config(outcome: &Outcome, key: &str) -> serde_json::Value {
    serde_json::from_slice(&outcome.metadata[key]).unwrap()
}

#[test]
fn the_base_is_kept_pinned_and_changed_by_the_stage_alone() {
    let fake = fake(BUILD_FILE);
    let outcome = build(&fake, GIVEN).unwrap();
    let config = config(&outcome, "containerimage.config");
    assert_eq!(config["author"], "somebody");
    assert_eq!(config["config"]["Env"], serde_json::json!(["PATH=/bin", "A=1", "DEVICE=cpu"]));
    assert_eq!(config["config"]["User"], "app");
    assert_eq!(config["config"]["WorkingDir"], "/srv");
    assert_eq!(config["config"]["Cmd"], serde_json::json!(["x"]));
    assert_eq!(config["history"].as_array().unwrap().len(), 4);
    let text = fake.definitions().last().map(dump).unwrap();
    assert!(text.contains(&format!("docker-image://{IMAGE}@{DIGEST}")), "{text}");
    assert!(!text.contains("nowhere"), "{text}");
    assert!(text.contains("a.txt"), "{text}");
}

#[test]
fn an_argument_that_no_step_names_changes_nothing() {
    let definition = |opts: &[(&str, &str)]| {
        let fake = fake(BUILD_FILE);
        build(&fake, opts).unwrap();
        fake.definitions().last().unwrap().def.clone()
    };
    let plain = definition(GIVEN);
    assert_eq!(definition(&[("build-arg:token", "other"), ("label:a", "b")]), plain);
    assert_ne!(definition(&[("build-arg:token", "t"), ("build-arg:device", "cuda")]), plain);
}

#[test]
fn several_platforms_are_one_result() {
    let opts = [GIVEN[0], ("platform", "linux/amd64,linux/arm64")];
    let outcome = build(&fake(BUILD_FILE), &opts).unwrap();
    let Refs::Platforms(refs) = &outcome.refs else { panic!("{:?}", outcome.refs) };
    assert_eq!(refs.keys().collect::<Vec<_>>(), ["linux/amd64", "linux/arm64"]);
    assert_eq!(config(&outcome, "containerimage.config/linux/arm64")["architecture"], "arm64");
    let one = build(&fake(BUILD_FILE), &[GIVEN[0], ("platform", "linux/arm64")]).unwrap();
    assert!(matches!(one.refs, Refs::Single(Some(_))));
    assert!(one.metadata.contains_key("refs.platforms"));
}

#[test]
fn a_stage_runs_where_the_stage_it_starts_from_does() {
    let tools = "tools: {from: \"debian:12\", platform: build}";
    let app = "app: {from: tools, steps: [{run: make}]}";
    let fake = fake(&format!("stages: {{{tools}, {app}}}\n"));
    let outcome = build(&fake, &[("platform", "linux/arm64")]).unwrap();
    let text = fake.definitions().last().map(dump).unwrap();
    assert!(text.contains("linux/amd64") && !text.contains("linux/arm64"), "{text}");
    // The image has the requested platform.
    assert_eq!(config(&outcome, "containerimage.config")["architecture"], "arm64");
}

#[test]
fn what_is_copied_from_an_image_is_for_the_platform_of_the_result() {
    let copy = "{copy: /file, from: \"debian:12\", to: /}";
    let fake = fake(&format!("stages: {{app: {{from: scratch, platform: build, steps: [{copy}]}}}}\n"));
    build(&fake, &[("platform", "linux/arm64")]).unwrap();
    let text = fake.definitions().last().map(dump).unwrap();
    assert!(text.contains("linux/arm64") && !text.contains("linux/amd64"), "{text}");
}

#[test]
fn mistakes_are_found_before_any_image_is_looked_for() {
    let check = |build_file: &str, opts: &[(&str, &str)], expect: &str| {
        let fake = fake(build_file);
        let status = build(&fake, opts).unwrap_err();
        assert!(status.message.contains(expect), "{}", status.message);
        assert!(!status.sources().is_empty(), "no excerpt: {}", status.message);
        assert!(!fake.calls().iter().any(|call| call.rpc() == Rpc::ResolveImage), "{expect}");
    };
    check(BUILD_FILE, &[], "the argument `token` is required");
    check(BUILD_FILE, &[GIVEN[0], ("build-arg:device", "tpu")], "no value `tpu`");
    check(BUILD_FILE, &[GIVEN[0], ("target", "appp")], "did you mean `app`?");
    check(&BUILD_FILE.replace("env:", "evn:"), GIVEN, "unknown key `evn`");
    check(&BUILD_FILE.replace("from: \"debian:12\"", "from: app"), GIVEN, "needs `app`");
    let rule = "support: [{exclude: 'device == \"cpu\"', because: no cpu}]";
    check(&format!("{rule}{BUILD_FILE}"), GIVEN, "no cpu");
    check("", GIVEN, "the file is empty");
    check("a: b: c", GIVEN, "a second `: `");
}

#[test]
fn a_build_file_that_cannot_be_read_is_said() {
    let check = |fake: FakeBridge, expect: &str| {
        let status = build(&fake, GIVEN).unwrap_err();
        assert!(status.message.contains(expect), "{}", status.message);
    };
    check(
        FakeBridge::new().with_file("local://dockerfile", "other", ""),
        "there is no build file image.yaml",
    );
    check(
        FakeBridge::new().with_file("local://dockerfile", "image.yaml", [b'a', b'\n', 0xff]),
        "image.yaml:2:1: `image.yaml` is not UTF-8: line 2 has an invalid byte, at offset 2: save the file as UTF-8 [yaml]",
    );
    // The build file is never read from the context.
    let context = FakeBridge::new().with_file("local://context", "image.yaml", BUILD_FILE).with_file(
        "local://dockerfile",
        "x",
        "",
    );
    check(context, "there is no build file image.yaml");
}

#[test]
fn a_file_that_is_not_utf8_is_an_error_at_the_place_that_names_it() {
    let check = |build_file: &str, fake: FakeBridge, expect: &str| {
        let status = build(&fake.with_file("local://dockerfile", "image.yaml", build_file), &[]).unwrap_err();
        assert_eq!(status.message, expect);
        assert_eq!(status.sources().len(), 1);
    };
    let stages = "stages: {app: {from: scratch}}\n";
    check(
        &format!("{stages}include: [lib.yaml]\n"),
        FakeBridge::new().with_file("local://dockerfile", "lib.yaml", *b"a: \xff"),
        "image.yaml:2:11: `lib.yaml` is not UTF-8: line 1 has an invalid byte, at offset 3: save the file as UTF-8 [include]",
    );
    check(
        &format!("{stages}vars:\n  v: {{file: VERSION}}\n"),
        FakeBridge::new().with_file("local://context", "VERSION", *b"1\n\xff"),
        "image.yaml:3:13: `VERSION` is not UTF-8: line 2 has an invalid byte, at offset 2: save the file as UTF-8 [file-value]",
    );
}

#[test]
fn an_unknown_request_is_a_typed_error_and_no_build() {
    let fake = fake(BUILD_FILE);
    let status = build(&fake, &[("requestid", "frontend.nonsense")]).unwrap_err();
    assert!(
        status.details.iter().any(|detail| detail.as_subrequest().as_deref() == Some("frontend.nonsense"))
    );
    assert_eq!(fake.definitions(), []);
}

#[test]
fn warnings_come_with_their_place_and_their_suggestion() {
    let fake = fake(BUILD_FILE);
    build(&fake, &[GIVEN[0], ("build-arg:devise", "cuda"), ("build-arg:BUILDKIT_INLINE_CACHE", "1")])
        .unwrap();
    let warnings = fake.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].short.contains("did you mean `device`?"), "{}", warnings[0].short);
    assert!(warnings[0].vertex.starts_with("sha256:"));
}

#[test]
fn an_alias_sets_what_it_stands_for_and_strict_args_take_no_unknown_name() {
    let file = BUILD_FILE.replace("[cpu, cuda]", "{values: [cpu, cuda], aliases: DEVICE_KIND}");
    let file = file.replace("{required: true}", "{required: true, aliases: [API_TOKEN, TOKEN]}");
    let run = |args: &[(&str, &str)]| {
        let fake = fake(&file);
        let result = build(&fake, args);
        (result.map(|built| config(&built, "containerimage.config")["config"]["Env"][2].clone()), fake)
    };
    let alias = ("build-arg:DEVICE_KIND", "cuda");
    let strict = ("build-arg:VARVE_STRICT_ARGS", "1");
    let token = ("build-arg:API_TOKEN", "t");
    for args in
        [vec![alias, token], vec![alias, token, strict], vec![alias, token, ("build-arg:device", "cuda")]]
    {
        let (env, fake) = run(&args);
        assert_eq!(env.unwrap(), "DEVICE=cuda", "{args:?}");
        assert_eq!(fake.warnings(), [], "{args:?}");
    }
    let error = |args: &[(&str, &str)], expect: &str| {
        let (status, fake) = run(args);
        let status = status.unwrap_err();
        assert!(status.message.contains(expect), "{}", status.message);
        assert!(!fake.calls().iter().any(|call| call.rpc() == Rpc::ResolveImage), "{expect}");
    };
    let twice = "`device` is `cpu`, and `DEVICE_KIND` is `cuda`";
    error(&[alias, token, ("build-arg:device", "cpu")], twice);
    error(&[alias, token, ("build-arg:TOKEN", "u")], "`API_TOKEN` is `t`, and `TOKEN` is `u`");
    error(&[token, strict, ("build-arg:DEVICE_KINDS", "cuda")], "did you mean `DEVICE_KIND`?");
    error(&[token, ("build-arg:VARVE_STRICT_ARGS", "yes")], "VARVE_STRICT_ARGS is `yes`");
    let (_, fake) = run(&[token, ("build-arg:VARVE_STRICT_ARGS", "0"), ("build-arg:x", "y")]);
    assert_eq!(fake.warnings().len(), 1);
}

#[test]
fn warnings_of_every_platform_are_reported_once() {
    let file = "stages: {app: {from: \"debian:12\"}}\n";
    let triggers = r#"{"config":{"OnBuild":["RUN x"]}}"#;
    let check = |platforms: &str, amd64: &str, arm64: &str, expect: usize| {
        let fake = FakeBridge::new()
            .with_file("local://dockerfile", "image.yaml", file)
            .with_image(IMAGE, &Platform::new("linux", "amd64"), None, amd64)
            .with_image(IMAGE, &Platform::new("linux", "arm64"), None, arm64);
        build(&fake, &[("platform", platforms), ("build-arg:unknown", "1")]).unwrap();
        let of = |part: &str| fake.warnings().iter().filter(|warning| warning.short.contains(part)).count();
        assert_eq!((of("unknown-arg"), of("on-build")), (1, expect), "{platforms}: {:?}", fake.warnings());
    };
    check("linux/amd64,linux/arm64", "{}", "{}", 0);
    check("linux/amd64,linux/arm64", "{}", triggers, 1);
    check("linux/amd64,linux/arm64", triggers, triggers, 1);
}

#[test]
fn an_image_that_is_not_found_shows_the_line_that_names_it() {
    let file = BUILD_FILE.replace("debian:12", "debain:12");
    let status = build(&fake(&file), GIVEN).unwrap_err();
    let lines: Vec<i32> =
        status.sources().iter().flat_map(|place| &place.ranges).map(|range| range.start.line).collect();
    assert_eq!(lines, [9], "{}", status.message);
}

#[test]
fn an_image_that_cannot_be_looked_into_shows_the_line_that_names_it() {
    let file = "stages:\n  app:\n    from: base\n    steps: [{packages: git}]\n  base: {from: \"own:1\"}\n";
    let image = "docker.io/library/own:1";
    let broken = fake(file)
        .with_image_for_all(image, None, "{}")
        .with_broken_source(&format!("docker-image://{image}"), Status::user("gone"));
    let status = build(&broken, &[("target", "app")]).unwrap_err();
    let lines: Vec<i32> =
        status.sources().iter().flat_map(|place| &place.ranges).map(|range| range.start.line).collect();
    assert_eq!((status.message.as_str(), lines.as_slice()), ("gone", [5].as_slice()));
}

#[test]
fn named_contexts_stand_in_for_stages_and_images() {
    let fake = fake(BUILD_FILE).with_image_for_all("docker.io/library/other:1", None, "{}");
    build(&fake, &[GIVEN[0], ("context:debian:12", "docker-image://other:1")]).unwrap();
    let text = fake.definitions().last().map(dump).unwrap();
    assert!(text.contains("docker-image://docker.io/library/other:1") && !text.contains(IMAGE), "{text}");
}

#[test]
fn finish_is_not_the_builds_to_call() {
    let fake = fake(BUILD_FILE);
    build(&fake, GIVEN).unwrap();
    assert_eq!(fake.outcome(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(fake.finish(Ok(Outcome::default()))).unwrap();
}

#[test]
fn without_a_platform_that_of_a_base_which_exists_for_another_one_alone_counts() {
    const FILE: &str = r#"
stages:
  tool: {from: "debian:12", platform: build, steps: [{run: tool}]}
  base: {from: "debian:12", steps: [{run: "base ${{ platform.arch }}"}]}
  app: {from: base, steps: [{copy: /t /, from: tool}, {run: "app on ${{ build_platform.arch }}"}]}
"#;
    let config = |architecture: &str| format!(r#"{{"architecture":"{architecture}","os":"linux"}}"#);
    let build =
        |architecture: &str, opts: &[(&str, &str)]| {
            let fake = FakeBridge::new()
                .with_file("local://dockerfile", "image.yaml", FILE)
                .with_image_for_all(IMAGE, None, &config(architecture));
            let outcome = build(&fake, opts).unwrap();
            let says = self::config(&outcome, "containerimage.config")["architecture"].clone();
            (says, dump(fake.definitions().last().unwrap()), outcome)
        };
    let (says, text, outcome) = build("arm64", &[]);
    assert_eq!(says, "arm64");
    assert_eq!(outcome.metadata["refs.platforms"], self::platforms(&["linux/arm64"]));
    assert_eq!(text.matches("platform linux/arm64").count(), 3, "{text}");
    assert_eq!(text.matches("platform linux/amd64").count(), 2, "{text}");
    assert!(text.contains("base arm64") && text.contains("app on amd64"), "{text}");
    // A requested platform takes precedence, and so does `platform: build` of a stage. A base image without a platform fits any
    // platform.
    assert_eq!(build("arm64", &[("platform", "linux/amd64")]).0, "amd64");
    assert_eq!(build("arm64", &[("target", "tool")]).0, "amd64");
    assert_eq!(build("arm64", &[("context:debian:12", "docker-image://debian:12")]).0, "amd64");
    assert_eq!(build("", &[]).0, "amd64");
    assert_eq!(build("x86_64", &[]).0, "amd64");
}

fn platforms(names: &[&str]) -> Vec<u8> {
    let names: Vec<buildkit_gateway::Platform> = names.iter().map(|name| name.parse().unwrap()).collect();
    buildkit_gateway::platforms_json(&names)
}
