//! `--call=bake` and `varve bake`: the matrix as a file for `docker buildx bake`, and the images that bake builds from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use varve_tests::command::{output_of, stdout_of};
use varve_tests::machine::Machine;
use varve_tests::{Build, Engine, Outcome, compare, read_images, stamp, work};

const FAMILY: &str = "# syntax=varve/frontend:dev
axes:
  word: [one.two, three]
  kind: [plain, test]
args: {odd: \"${not} %{a} template\"}
stages:
  tools: {from: scratch, steps: [{file: /tools}]}
  app:
    from: scratch
    steps:
      - {file: \"/${{ word }}\", content: \"${{ odd }}\"}
      - {file: /arch, content: \"${{ platform.arch }}\"}
      - {file: /test, if: kind == \"test\"}
targets:
  app:
    platforms: [linux/amd64, linux/arm64]
    tags: \"registry.test/app:${{ word }}-${{ kind }}\"
    publish: kind != \"test\"
  tools:
    platforms: [linux/amd64, linux/arm64]
    tags: \"registry.test/tools:${{ platform.arch }}\"
";

/// Runs `docker buildx bake` in a folder.
fn bake(folder: &Path, words: &[&str]) -> Result<String> {
    let mut command = Engine::get()?.docker();
    command.current_dir(folder).args([
        "buildx",
        "bake",
        "--progress=quiet",
        "--allow=fs=*",
        "--provenance=false",
    ]);
    stdout_of(command.args(words))
}

/// The targets with their settings, as bake prints them.
fn printed(folder: &Path, words: &[&str]) -> Result<Value> {
    let text = bake(folder, &[&["--print"], words].concat())?;
    serde_json::from_str(&text).with_context(|| text.clone())
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn bake_reads_what_the_question_answers() -> Result<()> {
    let engine = Engine::get()?;
    let build = Build::yaml(FAMILY);
    let answer = build.call(engine, "bake")?.success()?.stdout;
    let file: Value = serde_json::from_str(&answer)?;
    let as_json = build.call(engine, "bake,format=json")?.success()?.stdout;
    assert_eq!(file, serde_json::from_str::<Value>(&as_json)?);
    let published = ["app-one_two-plain", "app-three-plain", "tools-linux_amd64", "tools-linux_arm64"];
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("docker-bake.json"), &answer)?;
    let read = printed(folder.path(), &[])?;
    assert_eq!(read["target"].as_object().map(|targets| targets.len()), Some(published.len()));
    assert_eq!(names(&file["group"]["default"]["targets"]), published);
    let app = &read["target"]["app-one_two-plain"];
    assert_eq!(app["args"], json!({"word": "one.two", "kind": "plain"}));
    assert_eq!(app["platforms"], json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(app["tags"], json!(["registry.test/app:one.two-plain"]));
    assert_eq!((&app["target"], &app["dockerfile"]), (&json!("app"), &json!("image.yaml")));
    // Bake builds a target that is not published only if it or its group is named.
    assert_eq!(printed(folder.path(), &["app"])?["target"].as_object().map(|all| all.len()), Some(4));
    // It has no tags, so `--push` of its group ends before anything is built.
    assert_eq!(file["target"]["app-three-test"].get("tags"), None);
    let refused = bake(folder.path(), &["--push", "app"]).unwrap_err().to_string();
    assert!(refused.contains("tag is needed when pushing to registry"), "{refused}");
    // The list of variants has the same builds.
    let matrix: Value = serde_json::from_str(&build.call(engine, "matrix,format=json")?.success()?.stdout)?;
    let listed = matrix["variants"].as_array().map(Vec::len);
    assert_eq!(listed, file["target"].as_object().map(|targets| targets.len()));
    // If each platform has its own tags, each is its own target.
    let tools = &file["target"]["tools-linux_arm64"];
    assert_eq!(
        (&tools["platforms"], &tools["tags"]),
        (&json!(["linux/arm64"]), &json!(["registry.test/tools:arm64"]))
    );
    // Fixes an axis and the platform, and sets an argument that looks like a template of bake.
    let narrowed = build.arg("word", "three").target("app").platform("linux/arm64").arg("odd", "${x}%{y}");
    fs::write(folder.path().join("docker-bake.json"), narrowed.call(engine, "bake")?.success()?.stdout)?;
    let read = printed(folder.path(), &["app"])?;
    let all: Vec<&String> = read["target"].as_object().into_iter().flat_map(|all| all.keys()).collect();
    assert_eq!(all, ["app-three-plain", "app-three-test"]);
    let one = &read["target"]["app-three-test"];
    assert_eq!(one["platforms"], json!(["linux/arm64"]));
    // Bake prints the value with its escapes.
    assert_eq!(one["args"]["odd"], "$${x}%%{y}");
    Ok(())
}

#[test]
fn bake_builds_the_images_of_plain_builds() -> Result<()> {
    let engine = Engine::get()?;
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("sub"))?;
    fs::write(folder.path().join("sub/image.yaml"), FAMILY)?;
    let path = folder.path().join("sub/image.yaml").display().to_string();
    let odd = "odd=${x}%{y}$z";
    let answer =
        varve_cli::run(["bake", "--build-arg", odd, &path].map(str::to_owned), varve_cli::Colours::default());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    fs::write(folder.path().join("docker-bake.json"), &answer.out)?;
    let file: Value = serde_json::from_slice(&answer.out)?;
    let layout = |name: &str| folder.path().join(name);
    let form = "type=oci,tar=false,compression=uncompressed,force-compression=true";
    let targets = names(&file["group"]["default"]["targets"]);
    let outputs =
        targets.iter().map(|name| format!("--set={name}.output={form},dest={}", layout(name).display()));
    let outputs: Vec<String> = outputs.collect();
    bake(folder.path(), &outputs.iter().map(String::as_str).collect::<Vec<_>>())?;
    for name in targets {
        let target = &file["target"][name];
        let args = target["args"].as_object().into_iter().flatten().filter(|(name, _)| *name != "odd");
        let plain = args
            .fold(Build::yaml(FAMILY).flag(&format!("--build-arg={odd}")), |build, (arg, value)| {
                build.arg(arg, value.as_str().unwrap())
            });
        let plain = plain.target(target["target"].as_str().unwrap());
        let plain = plain.platform(&names(&target["platforms"]).join(",")).images(engine)?;
        let baked = read_images(&layout(name))?;
        assert_eq!(baked.len(), plain.len(), "{name}");
        for (baked, plain) in baked.iter().zip(&plain) {
            assert_eq!(compare(baked, plain), [""; 0], "{name}");
        }
    }
    Ok(())
}

#[test]
fn every_variant_of_rapids_has_a_name_of_its_own() -> Result<()> {
    let file = Machine::read()?.workspace.join("examples/rapids/image.yaml");
    let answer =
        varve_cli::run(&["bake".to_owned(), file.display().to_string()], varve_cli::Colours::default());
    let json: Value = serde_json::from_slice(&answer.out).with_context(|| answer.err.clone())?;
    let targets = json["target"].as_object().context("no targets")?;
    assert_eq!(targets.len(), 104);
    assert!(targets.contains_key("ci-conda-12_9_2-3_13-ubuntu24_04"), "{:?}", targets.keys());
    let tags: Vec<&str> = targets.values().flat_map(|target| names(&target["tags"])).collect();
    assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), tags.len());
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("docker-bake.json"), &answer.out)?;
    // The file names the secret of the steps. buildx takes it from a variable or a file of its name.
    fs::write(folder.path().join("GH_TOKEN"), "token")?;
    let read = printed(folder.path(), &["ci-conda", "ci-wheel", "citestwheel"])?;
    assert_eq!(read["target"].as_object().map(|targets| targets.len()), Some(104));
    Ok(())
}

/// Targets whose steps use a secret and a privilege, with files as their output, and a cache in a folder.
const CARRIED: &str = "# syntax=varve/frontend:dev
axes: {device: [cpu, cuda]}
stages:
  app:
    from: varve.test/debian:12
    steps:
      - run: cat /run/secrets/token > /told; echo ${{ device }} STAMP >> /told
        mounts: [{secret: token}, {secret: absent, required: false}]
      - run: grep CapEff /proc/self/status > /privileges
        security: insecure
  files: {from: scratch, steps: [{copy: [/told, /privileges], from: app, to: /}]}
targets:
  files:
    platforms: linux/amd64
    output: {type: local, dest: \"out/${{ device }}\"}
    cache: {to: {type: local, dest: \"cache/${{ device }}\", mode: max}}
";

#[test]
fn bake_needs_nothing_but_leave_for_what_the_targets_use() -> Result<()> {
    let engine = Engine::get()?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("image.yaml"), CARRIED.replace("STAMP", &stamp()))?;
    let answer = Build::in_folder(folder.path()).file("image.yaml").call(engine, "bake")?.success()?.stdout;
    fs::write(folder.path().join("docker-bake.json"), answer)?;
    let run = |flags: &[&str]| {
        let mut command = engine.docker();
        command.current_dir(folder.path()).env("token", "from the environment");
        output_of(command.args(["buildx", "bake", "--progress=plain", "--provenance=false"]).args(flags))
    };
    let refused = run(&[])?;
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && words.contains("--allow=security.insecure"), "{words}");

    let done = run(&["--allow=security.insecure"])?;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for device in ["cpu", "cuda"] {
        let read = |name: &str| fs::read_to_string(folder.path().join("out").join(device).join(name));
        assert!(read("told")?.starts_with(&format!("from the environment{device} ")), "{:?}", read("told"));
        assert!(read("privileges")?.starts_with("CapEff"));
        assert!(folder.path().join("cache").join(device).join("index.json").is_file());
    }
    Ok(())
}

/// Six members with steps that read no axis, one axis, or both. All of them wait for the tool, so none ends before the last one begins: a
/// BuildKit before 0.32 can run a cached step again for a build that begins later.
const SHARED: &str = "# syntax=varve/frontend:dev
axes:
  os: [a, b, c]
  kind: [x, y]
stages:
  tool: {from: varve.test/debian:12, steps: [{run: work(tool)}]}
  app:
    from: varve.test/debian:12
    steps:
      - {copy: /work-tool, from: tool, to: /usr/bin/}
      - run: work(common)
      - run: work(system ${{ os }})
      - run: work(own ${{ kind }})
targets:
  app: {platforms: [linux/amd64]}
";

#[test]
fn bake_runs_what_variants_share_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cost = |name: &str| Ok(Duration::from_millis(if name == "tool" { 6000 } else { 200 }));
    let text = work::with_commands(SHARED, cost, &stamp())?;
    fs::write(folder.path().join("image.yaml"), text)?;
    let path = folder.path().join("image.yaml").display().to_string();
    let answer = varve_cli::run(["bake", &path].map(str::to_owned), varve_cli::Colours::default());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    fs::write(folder.path().join("docker-bake.json"), &answer.out)?;
    let mut command = Engine::get()?.docker();
    command.current_dir(folder.path()).args(["buildx", "bake", "--progress=rawjson", "--allow=fs=*"]);
    command.args(["--provenance=false", "--set=*.output=type=cacheonly"]);
    let outcome = Outcome::of("buildx bake", &output_of(&mut command)?).success()?;
    let once = |count| work::Count { processes: count, vertices: count };
    let expected = [("tool", 1), ("common", 1), ("system", 3), ("own", 6)];
    let expected = expected.map(|(name, count)| (name.to_owned(), once(count)));
    assert_eq!(work::counts(&outcome), expected.into());
    Ok(())
}
