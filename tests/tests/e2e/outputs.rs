//! The outputs of a build: `--output`, `--load`, `--push`, `--tag`, `--metadata-file`, `--iidfile`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;
use varve_tests::command::stdout_of;
use varve_tests::registry::Registry;
use varve_tests::{Build, Engine};

const FAMILY: &str = "# syntax=varve/frontend:dev
stages:
  app:
    from: scratch
    steps: [{copy: a.txt, to: /data/}]
    image: {labels: {made: here}}
";

fn build() -> Build {
    Build::yaml(FAMILY).with("a.txt", "content").flag("--provenance=false")
}

fn entries(tar: &Path) -> Result<String> {
    stdout_of(Command::new("tar").arg("-tf").arg(tar))
}

fn json(path: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[test]
fn files_and_archives() -> Result<()> {
    let engine = Engine::get()?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let put = |kind: &str, name: &str| -> Result<()> {
        build().output(engine, &format!("type={kind},dest={}", at(name).display()))?.success().map(drop)
    };
    put("local", "files")?;
    assert_eq!(fs::read_to_string(at("files/data/a.txt"))?, "content");
    put("tar", "files.tar")?;
    assert!(entries(&at("files.tar"))?.lines().any(|path| path == "data/a.txt"));
    put("oci", "oci.tar")?;
    let oci = entries(&at("oci.tar"))?;
    assert!(
        oci.contains("oci-layout") && oci.contains("index.json") && !oci.contains("manifest.json"),
        "{oci}"
    );
    put("docker,name=varve.test/named:1", "docker.tar")?;
    let mut tar = Command::new("tar");
    let manifest = stdout_of(tar.arg("-xOf").arg(at("docker.tar")).arg("manifest.json"))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    assert_eq!(manifest[0]["RepoTags"], serde_json::json!(["varve.test/named:1"]));
    // Each platform has its own folder.
    let two = build().platform("linux/amd64,linux/arm64");
    two.output(engine, &format!("type=local,dest={}", at("two").display()))?.success()?;
    assert_eq!(fs::read_to_string(at("two/linux_arm64/data/a.txt"))?, "content");
    build().output(engine, "type=cacheonly")?.success()?;
    Ok(())
}

#[test]
fn images_of_the_store_and_of_a_registry_with_what_is_said_of_them() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let folder = tempfile::tempdir()?;
    let said = folder.path().join("said.json");
    let id = folder.path().join("id");
    let name = format!("{}/app:1", registry.address);
    let build = build()
        .flag(&format!("--metadata-file={}", said.display()))
        .flag(&format!("--iidfile={}", id.display()))
        .flag(&format!("--tag={name}"));
    let inspect = || stdout_of(engine.docker().args(["image", "inspect", "--format", "{{json .}}", &name]));
    let remove = || stdout_of(engine.docker().args(["image", "rm", "--force", &name]));

    let run = |build: &Build, flag: &str| build.clone().flag(flag).run(engine)?.success().map(drop);
    run(&build, "--load")?;
    let image: Value = serde_json::from_str(&inspect()?)?;
    assert_eq!(image["Config"]["Labels"]["made"], "here");
    let digest = json(&said)?["containerimage.digest"].as_str().unwrap_or_default().to_owned();
    assert!(digest.starts_with("sha256:"), "{digest}");
    assert_eq!(json(&said)?["image.name"], name.as_str());
    assert!(json(&said)?["buildx.build.ref"].is_string());
    assert_eq!(image["Id"], digest.as_str());
    assert_eq!(json(&said)?["containerimage.config.digest"], fs::read_to_string(&id)?.as_str());
    remove()?;

    run(&build, "--push")?;
    let pushed = json(&said)?["containerimage.digest"].clone();
    let mut tools = engine.docker();
    let raw = stdout_of(tools.args([
        "buildx",
        "imagetools",
        "inspect",
        "--format",
        "{{json .Manifest.Digest}}",
        &name,
    ]))?;
    assert_eq!(serde_json::from_str::<Value>(&raw)?, pushed);
    // A build can use the pushed image as its base.
    let text = format!("# syntax=varve/frontend:dev\nstages: {{app: {{from: \"{name}\"}}}}\n");
    let above = Build::yaml(&text).image(engine)?;
    assert_eq!(above.labels().get("made"), Some(&"here"));
    assert!(above.tree.get("/data/a.txt").is_some());
    Ok(())
}

#[test]
fn with_pull_an_image_has_to_be_in_its_registry() -> Result<()> {
    let engine = Engine::get()?;
    let registry = Registry::start(engine)?;
    let name = format!("{}/base:1", registry.address);
    let base = Build::dockerfile("FROM scratch\nLABEL made=below\n").flag("--provenance=false");
    let base = base.flag(&format!("--tag={name}"));
    base.clone().flag("--load").run(engine)?.success()?;
    let ours = Build::yaml(&format!("# syntax=varve/frontend:dev\nstages: {{app: {{from: \"{name}\"}}}}\n"));
    let theirs = Build::dockerfile(&format!("FROM {name}\n"));
    for build in [&ours, &theirs] {
        // Without `--pull`, the image in the engine's store is enough.
        assert_eq!(build.image(engine)?.labels().get("made"), Some(&"below"));
        let failed = build.clone().flag("--pull").run(engine)?.failure()?;
        assert!(failed.contains("not found"), "{failed}");
    }
    base.flag("--push").run(engine)?.success()?;
    for build in [&ours, &theirs] {
        assert_eq!(build.clone().flag("--pull").image(engine)?.labels().get("made"), Some(&"below"));
    }
    stdout_of(engine.docker().args(["image", "rm", "--force", &name])).map(drop)
}
