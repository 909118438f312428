//! The lists of builds for other programs: each printed build is run again, and has to be the build that the list describes.

use serde_json::{Value, json};

use crate::folder::Folder;

/// Args of each type, tags that read them, and tags that differ by platform.
const FAMILY: &str = "\
axes: {device: [cpu, cuda]}
args:
  efa: false
  jobs: {type: int, default: 2}
  kind: plain
stages:
  app:
    from: \"debian:12\"
    steps:
      - run: make -j${{ jobs }} ${{ device }}
      - {if: efa, then: [{run: efa}]}
      - {if: platform.arch == \"arm64\", then: [{run: arm}]}
targets:
  app:
    platforms: [linux/amd64, linux/arm64]
    tags:
      - \"x/app:${{ device }}-${{ kind }}-${{ jobs }}\"
      - {if: efa, then: \"x/app:efa-${{ device }}\"}
  arch:
    stage: app
    platforms: [linux/amd64, linux/arm64]
    tags: [\"x/arch:${{ device }}-${{ platform.arch }}\", {if: efa, then: \"x/arch:efa-${{ device }}-${{ platform.arch }}\"}]
";

const GIVEN: [&str; 6] = ["--build-arg", "efa=true", "--build-arg", "jobs=7", "--build-arg", "kind=odd.one"];

/// A build as a list describes it.
#[derive(Debug, PartialEq)]
struct Listed {
    target: String,
    args: Vec<String>,
    platforms: Vec<String>,
    tags: Vec<String>,
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn pairs(value: &Value) -> Vec<String> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect()
}

fn lines(value: &Value, separator: &str) -> Vec<String> {
    value.as_str().unwrap().split(separator).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

fn read(folder: &Folder, words: &[&str]) -> Value {
    let (code, out, err) = folder.varve(words);
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&out).unwrap()
}

/// The lists of the three formats, with the same options.
fn lists(folder: &Folder, options: &[&str]) -> [Vec<Listed>; 3] {
    let json = read(folder, &[&["matrix", "--format", "json"], options].concat());
    let json = json["variants"].as_array().unwrap().iter().map(|of| Listed {
        target: of["target"].as_str().unwrap().to_owned(),
        args: pairs(&of["args"]),
        platforms: texts(&of["platforms"]),
        tags: texts(&of["tags"]),
    });
    let gha = read(folder, &[&["matrix", "--format", "gha"], options].concat());
    let gha = gha["include"].as_array().unwrap().iter().map(|of| {
        let mut args = lines(&of["build-args"], "\n");
        args.sort();
        Listed {
            target: of["target"].as_str().unwrap().to_owned(),
            args,
            platforms: lines(&of["platforms"], ","),
            tags: lines(&of["tags"], "\n"),
        }
    });
    let bake = read(folder, &[&["bake"], options].concat());
    let bake = bake["target"].as_object().unwrap().values().map(|of| Listed {
        target: of["target"].as_str().unwrap().to_owned(),
        args: pairs(&of["args"]),
        platforms: texts(&of["platforms"]),
        tags: texts(&of["tags"]),
    });
    let sorted = |list: Vec<Listed>| {
        let mut list = list;
        list.iter_mut().for_each(|build| build.args.sort());
        list.sort_by_key(|build| (build.target.clone(), build.args.clone(), build.platforms.clone()));
        list
    };
    [sorted(json.collect()), sorted(gha.collect()), sorted(bake.collect())]
}

/// Runs a printed build, and compares its tags with the printed ones.
fn check_build(folder: &Folder, build: &Listed) -> Vec<Value> {
    let platforms = build.platforms.join(",");
    let mut words = vec!["plan", "--format", "json", "--target", &build.target, "--platform", &platforms];
    build.args.iter().for_each(|arg| words.extend(["--build-arg", arg]));
    let plans = read(folder, &words);
    let plans = plans["plans"].as_array().unwrap().clone();
    assert_eq!(plans.len(), build.platforms.len());
    for plan in &plans {
        assert_eq!(texts(&plan["tags"]), build.tags, "{build:?}");
    }
    plans
}

#[test]
fn every_given_argument_is_in_every_list_and_the_printed_builds_have_the_printed_tags() {
    let folder = Folder::new("exports", &[("image.yaml", FAMILY)]);
    for given in [&[][..], &GIVEN[..2], &GIVEN] {
        let lists = lists(&folder, given);
        assert_eq!(lists[0], lists[1]);
        assert_eq!(lists[0], lists[2]);
        // Two variants with one build each, and two with a build for each platform.
        assert_eq!(lists[0].len(), 2 + 4);
        for build in &lists[0] {
            for arg in given.iter().filter(|word| word.contains('=')) {
                assert!(build.args.iter().any(|printed| printed == arg), "{arg}: {build:?}");
            }
            let plans = check_build(&folder, build);
            let text = plans[0]["stages"].to_string();
            assert_eq!(text.contains("\"script\":\"efa\""), !given.is_empty(), "{text}");
            assert_eq!(text.contains("make -j7"), given.len() == 6, "{text}");
        }
    }
}

#[test]
fn arguments_that_change_every_build_are_in_every_list() {
    let folder = Folder::new("exports-reserved", &[("image.yaml", FAMILY)]);
    let given = [
        "--build-arg",
        "VARVE_CHECKS=off",
        "--build-arg",
        "SOURCE_DATE_EPOCH=1",
        "--build-arg",
        "HTTP_PROXY=http://u:p@x",
    ];
    for list in lists(&folder, &given) {
        for build in list {
            let args = build.args.iter().map(String::as_str);
            let args: Vec<&str> = args.filter(|arg| !arg.starts_with("device=")).collect();
            // A proxy belongs to the machine.
            assert_eq!(args, ["SOURCE_DATE_EPOCH=1", "VARVE_CHECKS=off"]);
        }
    }
}

#[test]
fn tags_that_differ_by_platform_are_a_build_for_each_platform_in_every_list() {
    let text = "vars: {tag: \"x/app:${{ platform.arch }}\"}
stages: {app: {from: \"debian:12\", steps: [{file: /a}]}}
targets: {app: {platforms: [linux/amd64, linux/arm64], tags: [\"${{ tag }}\"]}}
";
    let folder = Folder::new("exports-platforms", &[("image.yaml", text)]);
    let lists = lists(&folder, &[]);
    for list in &lists {
        let builds: Vec<(&[String], &[String])> =
            list.iter().map(|build| (build.platforms.as_slice(), build.tags.as_slice())).collect();
        let of = |text: &str| vec![text.to_owned()];
        assert_eq!(
            builds,
            [(&*of("linux/amd64"), &*of("x/app:amd64")), (&*of("linux/arm64"), &*of("x/app:arm64"))]
        );
        list.iter().for_each(|build| drop(check_build(&folder, build)));
    }
    let (code, out, _) = folder.varve(&["matrix"]);
    let table = "\
TARGET  AXES  PLATFORMS    PUBLISH  TAGS
app           linux/amd64  yes      x/app:amd64
app           linux/arm64  yes      x/app:arm64

1 variant, 2 builds
";
    assert_eq!((code, out.as_str()), (0, table));
    let (code, out, err) = folder.varve(&["check"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "image.yaml: 1 variant, no mistakes\n"));
}

#[test]
fn variants_that_are_not_published_have_no_tags_in_any_list() {
    let text = "axes: {py: [\"3.12\", \"3.13\"]}
stages: {app: {from: \"debian:12\", steps: [{run: \"echo ${{ py }}\"}]}}
targets: {app: {tags: [\"acme/app:1\"], publish: py == \"3.12\"}, local: {stage: app, tags: [\"local:${{ py }}\"], publish: false}}
";
    let folder = Folder::new("exports-unpublished", &[("image.yaml", text)]);
    let bake = read(&folder, &["bake"]);
    assert_eq!(bake["group"]["default"]["targets"], json!(["app-3_12"]));
    assert_eq!(bake["target"]["app-3_12"]["tags"], json!(["acme/app:1"]));
    for name in ["app-3_13", "local-3_12", "local-3_13"] {
        assert_eq!(bake["target"][name].get("tags"), None, "{name}");
    }
    let json = read(&folder, &["matrix", "--format", "json"]);
    let variants = json["variants"].as_array().unwrap().iter();
    let variants: Vec<(bool, usize)> =
        variants.map(|of| (of["publish"].as_bool().unwrap(), texts(&of["tags"]).len())).collect();
    assert_eq!(variants, [(true, 1), (false, 0), (false, 0), (false, 0)]);
    let gha = read(&folder, &["matrix", "--format", "gha"]);
    assert_eq!(gha["include"].as_array().map(Vec::len), Some(1));
    let (code, out, _) = folder.varve(&["check"]);
    assert_eq!((code, out.as_str()), (0, ""));
}

#[test]
fn bake_finds_a_build_file_in_a_folder_of_its_own() {
    let text = "stages: {app: {from: scratch, steps: [{file: /a}]}}\n";
    let folder =
        Folder::new("exports-folder", &[("docker/image.yaml", text), ("other/x", ""), ("image.yaml", text)]);
    let place = |from: &str, words: &[&str]| {
        let inside = Folder(folder.0.join(from));
        let file = read(&inside, &[&["bake"], words].concat());
        std::mem::forget(inside);
        let app = &file["target"]["app"];
        let text = |key: &str| app[key].as_str().unwrap().to_owned();
        (text("context"), text("dockerfile"))
    };
    let check = |from: &str, words: &[&str], context: &str, file: &str| {
        let (printed, dockerfile) = place(from, words);
        assert_eq!((printed.as_str(), dockerfile.as_str()), (context, file), "{words:?} in {from}");
        // Where the command runs, bake finds the file.
        assert!(folder.0.join(from).join(context).join(file).is_file());
    };
    check("docker", &["--context", "..", "image.yaml"], "..", "docker/image.yaml");
    check("docker", &[], ".", "image.yaml");
    check("docker", &["--context", ".", "../image.yaml"], ".", "../image.yaml");
    check(".", &["docker/image.yaml"], "docker", "image.yaml");
    check(".", &["--context", ".", "docker/image.yaml"], ".", "docker/image.yaml");
    check(".", &["--context", "other", "docker/image.yaml"], "other", "../docker/image.yaml");
    let whole = folder.0.join("docker/image.yaml");
    check("other", &["--context", "..", &whole.to_string_lossy()], "..", "docker/image.yaml");
}

#[test]
fn outputs_caches_and_needs_are_in_every_list() {
    let text = "axes: {device: [cpu, cuda]}
stages:
  app:
    from: \"debian:12\"
    steps:
      - {run: \"make ${{ device }}\", mounts: [{secret: token, env: TOKEN}, {secret: proxy, required: false}, {ssh: default}]}
      - {run: probe, if: device == \"cuda\", devices: [nvidia.com/gpu=all], security: insecure, network: host}
targets:
  app:
    output: {type: local, dest: \"out/${{ device }},x\"}
    cache:
      from: \"acme/cache:${{ device }}\"
      to: [{ref: \"acme/cache:${{ device }}\", mode: max}, {type: gha, scope: \"${{ device }}\"}]
";
    let folder = Folder::new("exports-carried", &[("image.yaml", text)]);
    let bake = read(&folder, &["bake"]);
    let cuda = &bake["target"]["app-cuda"];
    assert_eq!(cuda["output"], json!(["type=local,\"dest=out/cuda,x\""]));
    assert_eq!(cuda["cache-from"], json!(["type=registry,ref=acme/cache:cuda"]));
    assert_eq!(
        cuda["cache-to"],
        json!(["type=registry,ref=acme/cache:cuda,mode=max", "type=gha,scope=cuda"])
    );
    // buildx reports an optional secret that the client does not have, so it is not in the file.
    assert_eq!((&cuda["secret"], &cuda["ssh"]), (&json!(["id=token"]), &json!(["default"])));
    assert_eq!(cuda["entitlements"], json!(["network.host", "security.insecure", "device"]));
    assert_eq!(bake["target"]["app-cpu"].get("entitlements"), None);

    let json = read(&folder, &["matrix", "--format", "json"]);
    let cuda = &json["variants"][1];
    assert_eq!(cuda["output"], json!({"type": "local", "dest": "out/cuda,x"}));
    assert_eq!(cuda["cache-to"][1], json!({"type": "gha", "scope": "cuda"}));
    assert_eq!(
        cuda["secrets"],
        json!([{"id": "proxy", "required": false}, {"id": "token", "required": true}])
    );
    assert_eq!(cuda["ssh"], json!([{"id": "default", "required": true}]));
    assert_eq!(json["variants"][0].get("entitlements"), None);

    let gha = read(&folder, &["matrix", "--format", "gha"]);
    let cuda = &gha["include"][1];
    assert_eq!(cuda["outputs"], "type=local,\"dest=out/cuda,x\"");
    assert_eq!(cuda["cache-to"], "type=registry,ref=acme/cache:cuda,mode=max\ntype=gha,scope=cuda");
    assert_eq!((&cuda["secret-envs"], &cuda["ssh"]), (&json!("token=token"), &json!("default")));
    assert_eq!(cuda["allow"], "network.host\nsecurity.insecure\ndevice");

    let (_, table, _) = folder.varve(&["matrix", "--build-arg", "device=cpu"]);
    let expect = "\
TARGET  AXES        PLATFORMS  PUBLISH  TAGS  OUTPUT                       CACHE FROM                        CACHE TO                                                      NEEDS
app     device=cpu             yes            type=local,\"dest=out/cpu,x\"  type=registry,ref=acme/cache:cpu  type=registry,ref=acme/cache:cpu,mode=max type=gha,scope=cpu  secret:proxy? secret:token ssh:default

1 variant
";
    assert_eq!(table, expect);
    let (_, plan, _) = folder.varve(&["plan", "--build-arg", "device=cuda"]);
    let expect = "
  output: type=local dest=out/cuda,x
  cache-from: type=registry ref=acme/cache:cuda
  cache-to: type=registry ref=acme/cache:cuda mode=max
  cache-to: type=gha scope=cuda
  secrets: proxy (optional), token
  ssh: default
  entitlements: network.host security.insecure device
";
    assert!(plan.contains(expect), "{plan}");
    let (_, explained, _) = folder.varve(&["explain", "--build-arg", "device=cuda"]);
    assert!(explained.contains(expect), "{explained}");
}

/// A program that builds a list would leave out what is not in a sample.
#[test]
fn a_family_that_is_too_large_to_list_is_an_error_for_programs_that_build_all() {
    let axes: String = ('a'..='l').map(|axis| format!("  {axis}: [p, q, r, s]\n")).collect();
    let all: String = ('a'..='l').map(|axis| format!("${{{{ {axis} }}}}")).collect();
    let text = format!(
        "axes:\n{axes}stages: {{app: {{from: \"x:{all}\"}}}}\ntargets: {{app: {{tags: \"x:{all}\"}}}}\n"
    );
    let folder = Folder::new("exports-large", &[("image.yaml", &text)]);
    for words in [&["bake"][..], &["matrix", "--format", "gha"]] {
        let (code, out, err) = folder.varve(words);
        assert_eq!((code, out.as_str()), (1, ""), "{words:?}");
        assert!(err.contains("`app` has 16777216 combinations, too many to list all of them"), "{err}");
    }
    let (code, out, _) = folder.varve(&["matrix"]);
    assert_eq!(code, 0);
    assert!(out.contains("app: a sample of 16777216 combinations"), "{out}");
}

#[test]
fn bake_says_which_tags_it_leaves_out() {
    let family = "\
axes: {a: [x, y]}
stages: {app: {from: \"debian:12\", steps: [{run: \"${{ a }}\"}], facts: {torch: {file: /torch}}}}
targets:
  app: {tags: [\"x/app:${{ a }}\", \"x/app:${{ a }}-${{ facts.torch }}\"]}
  plain: {stage: app, tags: [\"x/plain:${{ a }}\"]}
";
    let folder = Folder::new("tags-left-out", &[("image.yaml", family)]);
    let (code, out, err) = folder.varve(&["bake"]);
    assert_eq!(code, 0, "{err}");
    let message = "warning[left-out]: the tags of `app` with facts are left out: `x/app:x-{facts.torch}`, `x/app:y-{facts.torch}`";
    assert!(err.contains(message) && err.contains("image.yaml:4:"), "{err}");
    assert_eq!(err.matches("warning[").count(), 1, "{err}");
    let bake: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(bake["target"]["app-x"]["tags"], json!(["x/app:x"]));
    // Without such tags, there is nothing to say.
    assert_eq!(folder.varve(&["bake", "--target", "plain"]).2, "");
}
